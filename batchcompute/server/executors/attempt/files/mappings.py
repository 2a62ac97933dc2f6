"""What both kinds of surroundings have to know about mappings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import (
    InvalidAddressError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectStoreError,
    OssAddress,
)

# Replacing one of these would leave no machine to run a program on.
_RESERVED = ("/proc", "/sys", "/dev")
# So would replacing one of these, or a folder around it; but a file may be put into one.
_NEEDED = ("/bin/sh", "/usr/bin/sh", "/lib", "/lib64", "/usr/lib", "/usr/lib64")

# Of files on a mount of the hosted service.
_FETCHED = 0o555


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of a mapping.

    Attributes:
        field: `InputMapping`, `OutputMapping` or `LogMapping`.
        local: The path that the program uses, absolute and without "." or a slash at its end.
        address: The `oss://` address.
        is_directory: True if both sides name a directory.
    """

    field: str
    local: str
    address: str
    is_directory: bool

    def failure(self, cause: object) -> AttemptFailure:
        """Say that this pair is the reason why the attempt fails."""
        return AttemptFailure.of_field(self.field, f"{self.local} ({self.address})", cause)


def read_pairs(field: str, pairs: Iterable[tuple[str, str]], work: Path) -> Iterator[Pair]:
    """Check the pairs of a mapping and bring them into one form.

    Args:
        field: The field that they come from.
        pairs: Local paths, each with its address.
        work: The working directory, to which relative paths belong.

    Raises:
        AttemptFailure: A path or address is not usable.
    """
    seen: set[str] = set()
    for local, address in pairs:
        path = os.path.normpath(os.path.join(work, local))
        pair = Pair(field, path, address, local.endswith("/"))
        if pair.is_directory != address.endswith("/"):
            raise pair.failure("a '/' at the end has to be on both sides or on neither")
        if any(is_within(path, reserved) for reserved in _RESERVED) or any(
            is_within(needed, path) for needed in _NEEDED
        ):
            raise pair.failure("this place is needed by the system")
        if path == str(work) and not pair.is_directory:
            raise pair.failure("this is the working directory, not a file")
        if path in seen:
            raise pair.failure("this place has an address already")
        seen.add(path)
        try:
            OssAddress.parse(address)
        except ObjectStoreError as error:
            raise pair.failure(error.reason) from error
        yield pair


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


def input_source(objects: ObjectStore, pair: Pair, scratch: Path) -> Path:
    """Return a local file or folder with the content of an input, fetching it if need be.

    Args:
        objects: Where it lies.
        pair: The pair of `InputMapping`.
        scratch: A path of its own, where it may be put.

    Returns:
        `scratch`, or the objects themselves, which nobody may write to.

    Raises:
        AttemptFailure: See `fetch_input`.
    """
    try:
        source = objects.local_path(pair.address)
    except ObjectStoreError as error:
        raise pair.failure(error.reason) from error
    if source is not None:
        return source
    fetch_input(objects, pair, scratch)
    return scratch


def fetch_input(objects: ObjectStore, pair: Pair, target: Path) -> None:
    """Copy an input.

    Its files can be read and executed and not be written, as on a mount of the hosted service;
    files can be added to its folders.

    Args:
        objects: Where it lies.
        pair: The pair of `InputMapping`.
        target: A path of its own, where the copy is put.

    Raises:
        AttemptFailure: The object is not there or cannot be read. (A directory without objects is
            an empty directory.)
    """
    try:
        if not pair.is_directory:
            _fetch(objects, pair.address, target)
            return
        target.mkdir(parents=True)
        for info in objects.list_prefix(pair.address):
            if not OssAddress.parse(info.address).is_directory:
                _fetch(objects, info.address, target / info.address.removeprefix(pair.address))
    except ObjectStoreError as error:
        raise pair.failure(error.reason) from error
    except OSError as error:
        raise pair.failure(error) from error


def _fetch(objects: ObjectStore, address: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    objects.get_file(address, target)
    target.chmod(_FETCHED)


def find_directories(objects: ObjectStore, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return an `InputMapping` in which directories can be told by the slash at their end.

    Mounts are of directories, and the documentation's own have no slash: without an object of that
    name, one of which there are objects is meant.

    Args:
        objects: Where they lie.
        mapping: `oss://` address to local path.

    Raises:
        AttemptFailure: It cannot be found out.
    """
    found: dict[str, str] = {}
    for address, local in mapping.items():
        slash = "" if "/" in (address[-1:], local[-1:]) else "/"
        try:
            if slash and (_exists(objects, address) or not _has_objects(objects, address + slash)):
                slash = ""
        except InvalidAddressError:
            slash = ""  # `read_pairs` says what is wrong with it.
        except ObjectStoreError as error:
            raise Pair("InputMapping", local, address, False).failure(error.reason) from error
        found[address + slash] = local + slash
    return found


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


def input_pairs(attempt: Attempt, work: Path) -> list[Pair]:
    """Return the checked pairs of an attempt's `InputMapping`."""
    turned = ((local, address) for address, local in attempt.input_mapping.items())
    return list(read_pairs("InputMapping", turned, work))


def output_pairs(attempt: Attempt, work: Path) -> list[Pair]:
    """Return the checked pairs of an attempt's `OutputMapping`."""
    return list(read_pairs("OutputMapping", attempt.output_mapping.items(), work))


def log_pairs(attempt: Attempt, work: Path) -> list[Pair]:
    """Return the checked pairs of an attempt's `LogMapping`."""
    return list(read_pairs("LogMapping", attempt.log_mapping.items(), work))
