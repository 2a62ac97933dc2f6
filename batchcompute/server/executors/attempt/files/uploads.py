"""Uploads to the object store after a program ended."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files.mappings import Mappings, Pair, is_within
from batchcompute.server.executors.attempt.worlds.world import Origin, Surroundings, Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore, ObjectStoreError
from batchcompute.server.objects.interface import Sources
from batchcompute.server.objects.unsynced import Unsynced

#: Characters of a folder's name that are shown at the most; the last ones are.
_LONGEST_NAMED: Final = 200


@dataclass(frozen=True, slots=True)
class Uploads:
    """The files of an attempt that can be uploaded.

    Attributes:
        objects: Where to.
        surroundings: The world of its program.
        workspace: Its folders.
        settled: True if no process of the program is left that could write to its files.
        unsynced: Takes small streams that the caller makes durable; None if it makes none.
    """

    objects: ObjectStore
    surroundings: Surroundings
    workspace: Workspace
    settled: bool
    unsynced: list[Unsynced] | None = None

    def streams(self, attempt: Attempt) -> None:
        """Upload standard output and error, after every end of a program.

        Raises:
            AttemptFailure: One of them could not be written.
        """
        files = [
            (source, address)
            for name, address in (("stdout", attempt.stdout), ("stderr", attempt.stderr))
            if address and (source := self.workspace.stream(name)).exists()
        ]
        try:
            # Nobody else knows of these files.
            sources: Sources = "spare" if self.settled else "kept"
            self.objects.put_files(files, sources=sources, unsynced=self.unsynced)
        except ObjectStoreError as error:
            field = "Stdout" if error.address == attempt.stdout else "Stderr"
            raise AttemptFailure.of_field(
                f"{field}RedirectPath", error.address, error.reason
            ) from error

    def logs(self, mappings: Mappings) -> None:
        """Upload the files of the log mapping, after every end; one that is not there is no error.

        Raises:
            AttemptFailure: One of them could not be read or written.
        """
        for pair in mappings.logs:
            self._upload(pair)

    def outputs(self, mappings: Mappings) -> list[Pair]:
        """Upload what a successful program left at the places of the output mapping.

        Returns:
            The outputs that it did not leave.

        Raises:
            AttemptFailure: A file could not be read or written.
        """
        return [pair for pair in mappings.outputs if not self._upload(pair)]

    def _upload(self, pair: Pair) -> bool:
        """Upload a file or a directory; return False if there is none."""
        source = _find(pair, pair.local, self.surroundings)
        if pair.is_directory or source.is_dir():
            pair = pair.as_directory()
            below = _files_below(pair, self.surroundings)
            self._put(pair, ((path, pair.address + name) for name, path in below))
            return source.is_dir()
        if not source.is_file():
            return False
        origin = self.surroundings.origin(pair.local)
        if origin is None or origin.address != pair.address:
            self._put(pair, [(source, pair.address)])
        return True

    def _put(self, pair: Pair, files: Iterable[tuple[Path, str]]) -> None:
        try:
            # What lies below the attempt's folder is nobody else's. It may be the output of several
            # pairs.
            for own, some in groupby(files, self._is_own):
                self.objects.put_files(some, sources="final" if own else "kept")
        except ObjectStoreError as error:
            raise pair.failure(str(error)) from error

    def _is_own(self, file: tuple[Path, str]) -> bool:
        return self.settled and is_within(str(file[0]), str(self.workspace.folder))


def _find(pair: Pair, local: str, surroundings: Surroundings) -> Path:
    try:
        return surroundings.host_path(local)
    except ValueError as error:
        raise pair.failure(str(error)) from error


def _files_below(pair: Pair, surroundings: Surroundings) -> Iterator[tuple[str, Path]]:
    """Go through the files of an output directory as (name below it, path).

    Inputs that were mapped into it are not outputs, unless the program changed them. What it found
    there in an input around the directory is one, but need not go where it came from.
    A link to a file of the program is uploaded as a copy. Linked directories are not entered: what
    is in them is uploaded under its own name. Sockets and pipes have no content.
    """
    for local, path in _walk(pair, surroundings):
        name = os.path.relpath(local, pair.local)
        if path.is_symlink():
            path = _follow(pair, name, local, surroundings)
        elif _stays(pair, name, surroundings.origin(local)):
            continue
        if path.is_file():
            yield name, path


def _walk(pair: Pair, surroundings: Surroundings) -> Iterator[tuple[str, Path]]:
    """Go through what is in an output directory but for inputs, as (the program's path, ours)."""
    for start, folder in surroundings.parts(pair.local):
        # Programs nest folders deeper than Python can call itself.
        waiting = [(start, str(folder))]
        while waiting:
            below, parent = waiting.pop()
            inner: list[tuple[str, str]] = []
            for entry in _entries(pair, below, parent):
                local = f"{below}/{entry.name}"
                if surroundings.is_input(local):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    inner.append((local, entry.path))
                elif not os.path.isdir(entry.path):
                    yield local, Path(entry.path)
            waiting += reversed(inner)


def _entries(pair: Pair, local: str, folder: str) -> list[os.DirEntry[str]]:
    """List a folder of an output directory; one that is not there is empty.

    Raises:
        AttemptFailure: It cannot be read, so that what is in it would be lost.
    """
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        name = os.path.relpath(local, pair.local)[-_LONGEST_NAMED:]
        raise pair.failure(f"the folder {name!r} cannot be read: {error.strerror}") from error


def _follow(pair: Pair, name: str, local: str, surroundings: Surroundings) -> Path:
    """Return what a link in an output directory leads to."""
    try:
        path = surroundings.host_path(local)
    except ValueError as error:
        raise pair.failure(f"{name!r} is a symbolic link: {error}") from error
    if not path.exists():
        raise pair.failure(f"{name!r} is a symbolic link to nothing")
    return path


def _stays(pair: Pair, name: str, origin: Origin | None) -> bool:
    """Return whether a file of an output directory is an input that need not be uploaded."""
    if origin is None:
        return False
    is_mapped_into_it = origin.place != pair.local and is_within(origin.place, pair.local)
    return is_mapped_into_it or origin.address == pair.address + name
