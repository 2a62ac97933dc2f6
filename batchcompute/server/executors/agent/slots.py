"""The folder of a shim, which has the name of an attempt while the shim runs it.

A shim claims an attempt by renaming its folder into `attempts/`, and has it back by renaming it.
An agent that follows another one renames the folder of all spare slots away, so that no shim of the
former one can claim anything any more.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from batchcompute.server.executors.attempt.worlds.world import (
    Workspace,
    remove_tree,
    step_in_tmp,
)

#: Folders below the agent's.
ATTEMPTS, SLOTS, TRASH = "attempts", "slots", "trash"

#: Folders below a slot's, from the outside in; the last one is for namespaces only. It may have one
#: in it, for what is mounted on the way to a working directory below /tmp.
_WORK, _ROOT, _TEMPORARY = "work", "root", "root/tmp"
#: Files in it that nobody wanted.
_STREAMS = ("stdout", "stderr")
#: Within this time, in nanoseconds, a folder may change without a change of its time.
_GRAIN = 50_000_000


class Slot:
    """The folder of one shim, with an empty working directory and an empty root in it."""

    def __init__(self, data_dir: Path, boot: str, number: int, *, namespaces: bool) -> None:
        """Make the folder.

        Args:
            data_dir: The agent's folder.
            boot: The agent's boot id.
            number: The shim's number.
            namespaces: Whether most programs find a `/tmp` in their root.

        Raises:
            FileNotFoundError: Another agent has followed that one.
        """
        self._attempts = f"{data_dir}/{ATTEMPTS}"
        self._spare = f"{data_dir}/{SLOTS}/{boot}/{number}"
        self._folders = _folders(self._attempts, namespaces=namespaces)
        self._folder = self._spare
        # Each folder as it was changed last, as long as that was by us.
        self._changed: dict[str, os.stat_result] = {}
        self._attributes: dict[str, list[str]] = {}
        self._claimed_at = 0
        os.mkdir(self._spare)
        self._make(self._folders)

    def claim(self, attempt_id: str) -> Workspace:
        """Have the folder for an attempt.

        Raises:
            FileNotFoundError: Another agent has followed that of this shim.
            OSError: There is a folder of this attempt already.
        """
        folder = f"{self._attempts}/{attempt_id}"
        os.rename(self._spare, folder)
        self._folder = folder
        self._claimed_at = time.time_ns()
        return Workspace(folder)

    def is_clean(self) -> bool:
        """Return whether the attempt left nothing, or little enough to remove it by the way."""
        for name in os.listdir(self._folder):
            if name in _STREAMS:
                os.unlink(f"{self._folder}/{name}")
            elif name not in (_WORK, _ROOT):
                return False
        touched: list[str] = []
        for folder in self._folders:
            # With a folder goes what is in it.
            if os.path.dirname(folder) in touched or self._is_touched(folder):
                touched.append(folder)
        try:
            for folder in reversed(touched):
                os.rmdir(f"{self._folder}/{folder}")
        except OSError:
            return False
        self._make(touched)
        return True

    def clean(self) -> bool:
        """Remove what the attempt left, however long it takes; return False if that cannot be."""
        self.empty()
        if os.listdir(self._folder):
            return False
        self._make(self._folders)
        return True

    def empty(self) -> None:
        """Remove all that is in the folder, as far as that can be."""
        for name in os.listdir(self._folder):
            path = f"{self._folder}/{name}"
            if os.path.isdir(path) and not os.path.islink(path):
                remove_tree(Path(path))
            else:
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def release(self) -> None:
        """Give up the attempt's name, once nothing of it is left.

        Raises:
            FileNotFoundError: Another agent has followed that of this shim.
        """
        os.rename(self._folder, self._spare)
        self._folder = self._spare

    def remove(self) -> None:
        """Remove a spare folder, as nobody needs it any more."""
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):
                os.rmdir(f"{self._spare}/{folder}")
        with contextlib.suppress(OSError):
            os.rmdir(self._spare)

    def _is_touched(self, folder: str) -> bool:
        """Return whether a folder may have been changed, in what is in it or how it may be used."""
        path = f"{self._folder}/{folder}"
        try:
            status = os.stat(path, follow_symlinks=False)
            if status.st_ctime_ns != self._changed[folder].st_ctime_ns:
                return True
            # Making it again would take longer than looking, and would make it new once more.
            is_new = self._claimed_at - status.st_ctime_ns < _GRAIN
            return is_new and not self._is_as_made(folder, path, status)
        except OSError:
            return True

    def _is_as_made(self, folder: str, path: str, status: os.stat_result) -> bool:
        made = self._changed[folder]
        own = [os.path.basename(each) for each in self._folders if os.path.dirname(each) == folder]
        return (
            (status.st_ino, status.st_mode, status.st_uid, status.st_gid)
            == (made.st_ino, made.st_mode, made.st_uid, made.st_gid)
            and os.listdir(path) == own
            and _attributes(path) == self._attributes[folder]
        )

    def _make(self, folders: tuple[str, ...] | list[str]) -> None:
        for folder in folders:
            path = f"{self._folder}/{folder}"
            os.mkdir(path)
            if folder == _TEMPORARY:
                os.chmod(path, 0o1777)
        # A folder changes with those that are made in it.
        around = {os.path.dirname(folder) for folder in folders} - {""}
        for folder in {*folders} | around:
            path = f"{self._folder}/{folder}"
            self._changed[folder] = os.stat(path)
            self._attributes[folder] = _attributes(path)


def _folders(attempts: str, *, namespaces: bool) -> tuple[str, ...]:
    """Return the folders that are below a slot's."""
    if not namespaces:
        return (_WORK, _ROOT)
    step = step_in_tmp(attempts)
    return (_WORK, _ROOT, _TEMPORARY, *([f"{_ROOT}{step}"] if step else []))


def _attributes(path: str) -> list[str]:
    """Return the names of a folder's extended attributes, such as access lists."""
    return os.listxattr(path) if hasattr(os, "listxattr") else []
