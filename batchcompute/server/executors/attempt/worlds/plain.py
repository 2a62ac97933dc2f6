"""Surroundings without namespaces: mappings become symbolic links on the machine itself.

They lead to folders of the attempt; inputs are copied there, as nothing else would keep a program
from changing the objects, least of all one that runs as root.

All programs of the machine share its paths, so attempts with the same mapping take turns: each
place has a lock file, held while a link stands there. Whoever has the lock knows that a link into
some attempt's folder is a left-over of a shim that was killed, and may take it away.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path

from batchcompute.server.executors.attempt.files.mappings import (
    Pair,
    fetch_input,
    input_pairs,
    is_within,
    log_pairs,
    output_pairs,
    refuse_own_data,
)
from batchcompute.server.executors.attempt.worlds.world import Workspace, default_environment
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore


class Plain:
    """The world of one program is the machine's."""

    reports_status = False
    keeps_stderr = False

    def __init__(
        self,
        workspace: Workspace,
        objects: ObjectStore,
        data_dir: Path,
        private: Path,
        user: str,
    ) -> None:
        """Plan a world; nothing is made yet.

        Args:
            workspace: The attempt's folders.
            objects: Where inputs come from.
            data_dir: The executor's own data, where the places' locks are.
            private: The service's own data, to which no mapping may lead.
            user: What the program finds in `USER`.
        """
        self._workspace = workspace
        self._objects = objects
        self._locks = data_dir / "places"
        self._attempts = str(workspace.folder.parent)
        self._refused = [str(folder) for folder in (private, objects.folder) if folder is not None]
        self._user = user
        self._links: list[str] = []
        self._made: list[Path] = []
        self._held: list[int] = []

    def prepare(self, attempt: Attempt) -> None:
        """Make the folders, and a link for every mapping that leads out of them."""
        space = self._workspace
        space.root.mkdir(exist_ok=True)
        inputs, outputs = input_pairs(attempt, space.work), output_pairs(attempt, space.work)
        pairs = inputs + outputs + log_pairs(attempt, space.work)
        self._refuse_nesting(inputs, pairs)
        for pair in pairs:
            if not self._is_own(pair):
                # What stands there itself may be a link that a killed shim has left.
                folder, name = os.path.split(pair.local)
                place = os.path.join(os.path.realpath(folder), name)
                refuse_own_data(pair, place, self._refused)
        own = [pair for pair in outputs if self._is_own(pair)]
        foreign = inputs + [pair for pair in outputs if not self._is_own(pair)]
        for pair in own:
            self._make_own(pair)
        self._lock([pair for pair in foreign if not self._is_own(pair)])
        for number, pair in enumerate(foreign):
            target = space.scratch / str(number)
            if pair.field == "InputMapping":
                # Never the objects themselves: whoever follows a link can write to them.
                fetch_input(self._objects, pair, target)
            else:
                target.mkdir(parents=True)
                if not pair.is_directory:
                    target /= Path(pair.local).name
            self._link(pair, target)

    def command(self, attempt: Attempt, status_fd: int) -> tuple[list[str], dict[str, str]]:
        """Return the program's own command line; there is no sandbox to tell its status."""
        environment = default_environment(
            self._workspace.work, str(self._workspace.root), self._user
        )
        environment.update(attempt.environment)
        return ["/bin/sh", "-c", attempt.command_line], environment

    def host_path(self, local: str) -> Path:
        """Return the path itself."""
        return Path(local)

    def end_rest(self) -> bool:
        """Do nothing: every process is below this one."""
        return True

    def check_end(self, exit_code: int, status: int) -> None:
        """Do nothing: only the program can have ended."""

    def clean_up(self) -> None:
        """Take the links away, and the folders made for them, if nothing else is in these."""
        for link in self._links:
            # A program may have replaced its output's link by the file.
            with contextlib.suppress(OSError):
                os.unlink(link)
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        for descriptor in self._held:
            os.close(descriptor)

    def _is_own(self, pair: Pair) -> bool:
        return any(
            is_within(pair.local, str(folder))
            for folder in (self._workspace.work, self._workspace.root)
        )

    def _make_own(self, pair: Pair) -> None:
        folder = Path(pair.local) if pair.is_directory else Path(pair.local).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pair.failure(error) from error

    def _refuse_nesting(self, outer: list[Pair], inner: list[Pair]) -> None:
        for pair in inner:
            for other in outer:
                if pair.local != other.local and is_within(pair.local, other.local):
                    raise pair.failure(
                        f"it lies inside the input at {other.local}, "
                        "which cannot be done without namespaces"
                    )

    def _lock(self, pairs: list[Pair]) -> None:
        # In one order for all, so that no two attempts wait for each other.
        for place in sorted({pair.local for pair in pairs}):
            self._locks.mkdir(exist_ok=True)
            name = hashlib.sha256(place.encode(errors="surrogateescape")).hexdigest()
            descriptor = os.open(self._locks / name, os.O_RDWR | os.O_CREAT, 0o644)
            self._held.append(descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _link(self, pair: Pair, target: Path) -> None:
        place = Path(pair.local)
        try:
            self._make_parents(place.parent)
            if place.is_symlink() and is_within(os.readlink(place), self._attempts):
                place.unlink()
            place.symlink_to(target)
        except FileExistsError as error:
            raise pair.failure(
                "without namespaces a mapping is a symbolic link, and something is in its place"
            ) from error
        except OSError as error:
            raise pair.failure(
                "without namespaces a mapping is a symbolic link, which cannot be made: "
                f"{error.strerror}"
            ) from error
        self._links.append(pair.local)

    def _make_parents(self, folder: Path) -> None:
        missing: list[Path] = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            self._made.append(new)
