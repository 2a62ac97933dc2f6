"""Surroundings without namespaces: mappings are files and folders of the machine itself.

Inputs are copied to their places, as nothing else would keep a program from changing the objects,
least of all one that runs as root. What is mapped out is read where the program left it. When the
attempt is over its places are as they were before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from batchcompute.server.executors.attempt.files import inputs
from batchcompute.server.executors.attempt.files.inputs import Stamp, read_stamp
from batchcompute.server.executors.attempt.files.mappings import (
    NO_MAPPINGS,
    Mappings,
    Pair,
    is_within,
    refuse_own_data,
)
from batchcompute.server.executors.attempt.transfers import suspended
from batchcompute.server.executors.attempt.worlds.places import Places
from batchcompute.server.executors.attempt.worlds.world import (
    Origin,
    Workspace,
    default_environment,
    remove_tree,
)
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore


class Plain:
    """The world of one program is the machine's."""

    reports_status = False
    killed_for_memory = False
    keeps_stderr = False
    spares_process = True

    def __init__(
        self,
        workspace: Workspace,
        objects: ObjectStore,
        data_dir: Path,
        private: Iterable[Path],
        user: str,
    ) -> None:
        """Plan a world; nothing is made yet.

        Args:
            workspace: The attempt's folders.
            objects: Where inputs come from.
            data_dir: The executor's own data, where it is written down who has which place.
            private: Folders of the service, to which no mapping may lead.
            user: What the program finds in `USER`.
        """
        self._workspace = workspace
        self._objects = objects
        self._places = Places(f"{data_dir}/places")
        self._refused = [str(folder) for folder in (*private, objects.folder) if folder is not None]
        self._user = user
        self._work = workspace.work
        # Folders, and files outside of them, that are the attempt's while it runs.
        self._own = {workspace.work, workspace.root}
        self._mapped: set[str] = set()
        self._origins: dict[str, tuple[Stamp, Origin]] = {}

    def prepare(self, attempt: Attempt, mappings: Mappings) -> None:
        """Make everything that is mapped; the attempt's own folders are there."""
        if mappings == NO_MAPPINGS:
            return
        self._own |= {os.path.realpath(folder) for folder in self._own}
        self._mapped = {pair.local for pair in (*mappings.outputs, *mappings.logs)}
        places = {pair: self._place(pair) for pair in (*mappings.inputs, *mappings.outputs)}
        logs = {pair: self._place(pair) for pair in mappings.logs}
        # Another attempt may have them for as long as its program runs.
        with suspended():
            self._places.hold(
                (place for place in places.values() if not self._is_own(place)),
                (*(os.path.dirname(place) for place in logs.values()), *mappings.folders),
            )
        for folder in mappings.folders:
            self._make_disk(folder, set(places.values()))
        # What is in a folder comes after the folder.
        for pair in sorted(mappings.inputs, key=lambda pair: places[pair].count("/")):
            self._make(pair, places[pair], self._make_input)
        for pair in sorted(mappings.outputs, key=lambda pair: places[pair].count("/")):
            self._make(pair, places[pair], self._make_output)
        for pair, place in logs.items():
            self._make(pair, place, self._make_log)

    def command(self, attempt: Attempt, status_fd: int) -> tuple[list[str], dict[str, str]]:
        """Return the program's own command line; there is no sandbox to tell its status."""
        environment = default_environment(self._work, self._workspace.root, self._user)
        environment.update(attempt.environment)
        return ["/bin/sh", "-c", attempt.command_line], environment

    def host_path(self, local: str) -> Path:
        """Return the path itself, with all links followed."""
        path = os.path.realpath(local)
        # A file that is mapped by its own name may be a link to wherever the program likes.
        is_named = local in self._mapped and os.path.isfile(path)
        if not is_named and self._is_own(local) and not self._is_own(path):
            raise ValueError("it leads out of the program's own files")
        return Path(path)

    def parts(self, local: str) -> list[tuple[str, Path]]:
        """Return the folder itself, as everything that is mapped below it really is in it."""
        return [(local, self.host_path(local))]

    def is_input(self, local: str) -> bool:
        """Do not tell: what was left as it was is told by its origin."""
        return False

    def origin(self, local: str) -> Origin | None:
        """Return the input that a file is a copy of, if it is still as it was made."""
        stamp, origin = self._origins.get(local, (None, None))
        return origin if stamp is not None and stamp == read_stamp(local) else None

    def starting(self) -> AbstractContextManager[None]:
        """Change nothing."""
        return nullcontext()

    def end_rest(self) -> bool:
        """Do nothing: every process is below this one."""
        return True

    def check_end(self, exit_code: int, status: int) -> None:
        """Do nothing: only the program can have ended."""

    def clean_up(self) -> None:
        """Take away what was made outside of the attempt's folder."""
        self._places.release()

    def _place(self, pair: Pair) -> str:
        """Return where a mapping is on the machine; a link to the folder around it is followed."""
        if self._is_own(pair.local):
            return pair.local
        folder, name = os.path.split(pair.local)
        place = os.path.join(os.path.realpath(folder), name)
        refuse_own_data(pair, place, self._refused)
        return place

    def _is_own(self, path: str) -> bool:
        while path not in self._own:
            outer: str = os.path.dirname(path)
            if outer == path:
                return False
            path = outer
        return True

    def _make_disk(self, folder: str, mapped: set[str]) -> None:
        """Make the folder of a data disk, which the programs of all machines here share."""
        if folder in mapped or any(is_within(folder, refused) for refused in self._refused):
            return
        # Whoever may not make it does without.
        with suppress(OSError):
            self._places.make_folder(folder, "all")

    def _make(self, pair: Pair, place: str, make: Callable[[Pair, str], None]) -> None:
        try:
            make(pair, place)
        except OSError as error:
            raise pair.failure(
                "without namespaces a mapping is a file or folder of this machine, "
                f"which cannot be made: {error.strerror or error}"
            ) from error

    def _make_input(self, pair: Pair, place: str) -> None:
        if not self._is_own(place):
            self._take(pair, place)
        elif place != self._work:
            # A mount would hide what the input around it has here.
            _remove(place)
        mode = inputs.WRITABLE if pair.is_writable else inputs.READ_ONLY
        stamps = inputs.copy_input(self._objects, pair, Path(place), mode)
        for name, stamp in stamps.items():
            origin = Origin(pair.local, pair.address + name)
            self._origins[os.path.join(pair.local, name) if name else pair.local] = stamp, origin

    def _make_output(self, pair: Pair, place: str) -> None:
        if not self._is_own(place):
            self._take(pair, place)
        folder = place if pair.is_directory else os.path.dirname(place)
        os.makedirs(folder, exist_ok=True)
        if pair.local in self._origins:
            os.chmod(place, inputs.WRITABLE)

    def _make_log(self, pair: Pair, place: str) -> None:
        folder = place if pair.is_directory else os.path.dirname(place)
        if self._is_own(place):
            os.makedirs(folder, exist_ok=True)
            return
        # A log that is missing is no error, so neither is a folder that cannot be made for it.
        with suppress(OSError):
            self._places.make_folder(folder, "all")

    def _take(self, pair: Pair, place: str) -> None:
        """Make a place outside of the attempt's folder its own, for as long as it runs."""
        if not os.path.lexists(place):
            folder = os.path.dirname(place)
            if pair.is_directory:
                self._places.make_folder(folder, "empty")
            elif self._places.make_folder(folder, "all"):
                # What the program puts beside its file is its own, too.
                self._own |= {folder, os.path.dirname(pair.local)}
            self._places.note(place, "all")
            if pair.is_directory:
                os.mkdir(place)
        elif pair.is_directory and _is_empty_folder(place):
            self._places.note(place, "content")
        else:
            raise pair.failure(
                "without namespaces a mapping is a file or folder of this machine, "
                "and something is in its place"
            )
        self._own |= {place, pair.local}


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        remove_tree(Path(path))
    else:
        Path(path).unlink(missing_ok=True)


def _is_empty_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path) and not os.listdir(path)
