"""Folders that a program may change although what they show stays as it is: overlays of Linux.

They are mounted in a mount namespace of this process, which sees them until they are unmounted, or
until it ends. An ordinary user gets the right to do so by a user namespace, in which this user
keeps its number.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from batchcompute.server.executors.attempt.worlds import mounts

_is_able: bool | None = None

# A directory that was renamed must not be taken for one that always had its name. What is changed
# need not outlive a power cut, so nothing waits for the disk.
_OPTIONS = "redirect_dir=off,metacopy=off,volatile"
_OPTIONS_OF_USER = "userxattr,volatile"


class Overlay:
    """One overlay.

    Attributes:
        shown: The folder to use; changes of it go elsewhere.
        changes: Where they go: whatever was touched is a file here.
    """

    def __init__(self, source: Path, folder: Path) -> None:
        """Plan an overlay; nothing is made yet.

        Args:
            source: The folder that stays as it is.
            folder: A folder of its own for all that it needs; it is made.
        """
        self.shown, self.changes = folder / "shown", folder / "changes"
        self._source, self._folder = source, folder

    def mount(self) -> None:
        """Mount it; `can_mount` was asked before.

        Raises:
            OSError: The file system of one of the folders cannot have one.
        """
        for each in (self._folder, self.shown, self.changes, self._folder / "work"):
            each.mkdir()
        # By a name without anything that the options of a mount would have to escape.
        (self._folder / "source").symlink_to(self._source)
        before = os.getcwd()
        os.chdir(self._folder)
        try:
            options = _OPTIONS if os.geteuid() == 0 else _OPTIONS_OF_USER
            lower = f"lowerdir=source,upperdir=changes,workdir=work,{options}"
            mounts.mount("overlay", "shown", "overlay", lower)
        finally:
            os.chdir(before)

    def close(self) -> None:
        """Unmount it if it is mounted; what was changed stays where it is."""
        mounts.unmount(str(self.shown))


def can_mount(trials: Path) -> bool:
    """Make this process able to mount overlays, and return whether it is.

    Args:
        trials: A folder on the file system where changes will go, to try it out. The result stands
            for all others.
    """
    global _is_able
    if _is_able is None:
        _is_able = mounts.HAS_MOUNTS and _become_able(trials)
        if not _is_able:
            words = "folders that programs may write to are copied, as overlays do not work here"
            print(words, file=sys.stderr, flush=True)  # noqa: T201 (the forker's log)
    return _is_able


def process_is_changed() -> bool:
    """Return whether this process is in a user namespace that it made for overlays."""
    return bool(_is_able) and os.geteuid() != 0


def _become_able(trials: Path) -> bool:
    # What cannot be undone is tried by a process that is not needed any more.
    process = os.fork()
    if process == 0:
        status = 1
        try:
            _enter()
            _try_out(trials)
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(process, 0)
    if ended != 0:
        return False
    _enter()
    return True


def _enter() -> None:
    user, group = os.geteuid(), os.getegid()
    mounts.unshare(mounts.NEW_MOUNTS | (mounts.NEW_USERS if user else 0))
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    mounts.follow_machine()


def _try_out(trials: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir=trials))
    try:
        source = folder / "source"
        source.mkdir()
        (source / "file").touch()
        overlay = Overlay(source, folder / "overlay")
        overlay.mount()
        (overlay.shown / "file").write_text("changed")
        (overlay.shown / "new").mkdir()
        overlay.close()
        if (source / "file").read_text() or not (overlay.changes / "new").is_dir():
            raise OSError("an overlay did not keep the changes apart")
    finally:
        with suppress(OSError):
            shutil.rmtree(folder)
