"""The mappings of one attempt, checked and brought into one form."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectStoreError,
    OssAddress,
)

# Replacing one of these would leave no machine to run a program on.
_RESERVED = ("/proc", "/sys", "/dev")
# So would replacing one of these, or a folder around it; but a file may be put into one.
_NEEDED = ("/bin/sh", "/usr/bin/sh", "/lib", "/lib64", "/usr/lib", "/usr/lib64")


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of a mapping.

    Attributes:
        field: `InputMapping`, `OutputMapping`, `LogMapping` or `Mounts`.
        local: The path that the program uses, absolute and without "." or a slash at its end.
        address: The `oss://` address; that of a directory ends in a slash.
        is_directory: True if the pair is one of directories. An output or a log of which this is
            not known beforehand turns out to be a file or a directory when the program has ended.
        is_writable: True if the program may write below this input.
    """

    field: str
    local: str
    address: str
    is_directory: bool
    is_writable: bool = False

    def failure(self, cause: object) -> AttemptFailure:
        """Say that this pair is the reason why the attempt fails."""
        return AttemptFailure.of_field(self.field, f"{self.local} ({self.address})", cause)

    def as_directory(self) -> Pair:
        """Return the same pair as one of directories."""
        return replace(self, address=_with_slash(self.address), is_directory=True)


@dataclass(frozen=True, slots=True)
class Mappings:
    """All mappings of an attempt.

    Attributes:
        inputs: What is there before the program starts, no two at the same place.
        outputs: What is uploaded if it succeeded.
        logs: What is uploaded in any case.
        folders: More directories that are there, empty and to be written to.
    """

    inputs: tuple[Pair, ...] = ()
    outputs: tuple[Pair, ...] = ()
    logs: tuple[Pair, ...] = ()
    folders: tuple[str, ...] = ()


#: Of an attempt without any, as most short ones are.
NO_MAPPINGS = Mappings()


def read_mappings(objects: ObjectStore, attempt: Attempt, work: str) -> Mappings:
    """Check the mappings of an attempt and bring them into one form.

    Args:
        objects: Where inputs lie.
        attempt: The attempt.
        work: The working directory, to which relative paths belong.

    Raises:
        AttemptFailure: A path or address is not usable.
    """
    if not (
        attempt.mounts
        or attempt.input_mapping
        or attempt.output_mapping
        or attempt.log_mapping
        or attempt.folders
    ):
        return NO_MAPPINGS
    mounts = (("Mounts", local, address, writable) for address, local, writable in attempt.mounts)
    mapped = (
        ("InputMapping", local, address, attempt.write_support)
        for address, local in attempt.input_mapping.items()
    )
    outputs = (("OutputMapping", *pair, False) for pair in attempt.output_mapping.items())
    logs = (("LogMapping", *pair, False) for pair in attempt.log_mapping.items())
    folders = (os.path.normpath(folder) for folder in attempt.folders)
    return Mappings(
        _without_doubles(
            _find_directory(objects, _read(*given, work)) for given in (*mounts, *mapped)
        ),
        _without_doubles(_read(*given, work) for given in outputs),
        _without_doubles(_read(*given, work) for given in logs),
        tuple(folder for folder in folders if not _is_needed(folder)),
    )


def _read(field: str, local: str, address: str, is_writable: bool, work: str) -> Pair:
    path = os.path.normpath(os.path.join(work, local))
    try:
        is_directory = local.endswith("/") or OssAddress.parse(address).is_directory
        pair = Pair(field, path, address, False, is_writable)
        if is_directory:
            pair = pair.as_directory()
            OssAddress.parse(pair.address)
    except ObjectStoreError as error:
        raise Pair(field, path, address, False).failure(error.reason) from error
    if _is_needed(path):
        raise pair.failure("this place is needed by the system")
    if path == work and not is_directory:
        raise pair.failure("this is the working directory, not a file")
    return pair


def _is_needed(path: str) -> bool:
    return any(is_within(path, reserved) for reserved in _RESERVED) or any(
        is_within(needed, path) for needed in _NEEDED
    )


def _without_doubles(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs, each once."""
    found: dict[str, Pair] = {}
    for pair in pairs:
        first = found.setdefault(pair.local, pair)
        if first.address != pair.address:
            raise pair.failure("this place has an address already")
        if pair.is_writable:
            found[pair.local] = pair
    return tuple(found.values())


def _find_directory(objects: ObjectStore, pair: Pair) -> Pair:
    """Tell whether an input without a slash is the object, or else the directory.

    What is neither is missing, if it is mapped. A mount is one of a directory, though perhaps of an
    empty one.
    """
    if pair.is_directory:
        return pair
    try:
        if _exists(objects, pair.address):
            return pair
        if pair.field == "Mounts" or _has_objects(objects, pair.as_directory().address):
            return pair.as_directory()
    except ObjectStoreError as error:
        raise pair.failure(error.reason) from error
    return pair


def _exists(objects: ObjectStore, address: str) -> bool:
    try:
        objects.stat(address)
    except ObjectNotFoundError:
        return False
    return True


def _has_objects(objects: ObjectStore, directory: str) -> bool:
    place = objects.local_path(directory)
    if place is None:
        return bool(objects.list_prefix(directory))
    # One is enough, and every attempt asks: a listing would read all of what is only mounted.
    files = (os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
    return any(os.path.isfile(file) and not os.path.islink(file) for file in files)


def _with_slash(address: str) -> str:
    return address if address.endswith("/") else f"{address}/"


def refuse_own_data(pair: Pair, place: str, folders: Iterable[str]) -> None:
    """Refuse a place among the service's own data, where nothing of a program's can be.

    Args:
        pair: The pair.
        place: Where its local path leads.
        folders: The service's folders.

    Raises:
        AttemptFailure: It leads there.
    """
    if any(is_within(place, folder) for folder in folders):
        raise pair.failure("the service's own data are there")


def is_within(path: str, folder: str) -> bool:
    """Return whether a normal path is a folder or below it."""
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")
