"""Putting a package into the working directory."""

from __future__ import annotations

import gzip
import os
import tarfile
import zlib
from pathlib import Path

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files.mappings import is_within
from batchcompute.server.objects import ObjectStore, ObjectStoreError, OssAddress
from batchcompute.server.objects.copying import copy_file

_FIELD = "PackagePath"


# By the names of these nobody means anything else.
_ARCHIVE_NAMES = (".tar.gz", ".tgz")
_GZIP = b"\x1f\x8b"
_PROGRAM = 0o755
_STEP = 1 << 20


def unpack_package(objects: ObjectStore, address: str, folder: Path, scratch: Path) -> None:
    """Fetch a package: unpack a gzip-compressed tar, or put any other file into the folder.

    Such a file has its own name there, and can be executed.

    Members of an archive that would leave the folder, devices and pipes are refused with the whole
    package, as a program that lacks a file of its package is not the program that was sent.

    Args:
        objects: Where the package lies.
        address: Its address.
        folder: Where it goes.
        scratch: Where an archive may lie while it is needed.

    Raises:
        AttemptFailure: It is not there, a broken archive, or not safe to unpack.
    """
    try:
        package = objects.local_path(address)
        if package is None:
            package = scratch / "package"
            if objects.has_cache:
                objects.get_input(objects.stat(address), package, shared=True)
            else:
                objects.get_file(address, package)
        if _is_archive(package, address):
            with tarfile.open(package, "r:gz") as tar:
                unpack_members(tar, folder)
        else:
            program = folder / OssAddress.parse(address).name
            copy_file(package, program)
            program.chmod(_PROGRAM)
    except RefusedMemberError as error:
        raise AttemptFailure.of_field(_FIELD, address, str(error)) from error
    except ObjectStoreError as error:
        raise AttemptFailure.of_field(_FIELD, address, error.reason) from error
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise AttemptFailure.of_field(
            _FIELD, address, f"it cannot be unpacked as a gzip-compressed tar: {error}"
        ) from error


def _is_archive(package: Path, address: str) -> bool:
    if address.endswith(_ARCHIVE_NAMES):
        return True
    with open(package, "rb") as file:
        if file.read(len(_GZIP)) != _GZIP:
            return False
    try:
        with tarfile.open(package, "r:gz"):
            return True
    except tarfile.ReadError:
        # A file that is merely compressed is one file, but a broken archive must not pass for one.
        with gzip.open(package) as content:
            while content.read(_STEP):
                pass
        return False


class RefusedMemberError(Exception):
    """A member of an archive is not safe to unpack; the message names it and says why."""

    def __init__(self, name: str, reason: object) -> None:
        """Name the member and the reason."""
        super().__init__(f"the member {name!r} is refused: {reason}")


def unpack_members(tar: tarfile.TarFile, folder: Path) -> None:
    """Unpack an archive that nobody vouches for.

    Raises:
        RefusedMemberError: A member is not safe to unpack.
    """
    if not hasattr(tarfile, "data_filter"):
        unpack_members_by_hand(tar, folder)
        return
    try:
        tar.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise RefusedMemberError(error.tarinfo.name, error) from error


def unpack_members_by_hand(tar: tarfile.TarFile, folder: Path) -> None:
    """Do the same for Python before 3.11.4, which has no filters and is Debian 12's.

    Raises:
        RefusedMemberError: A member is not safe to unpack.
    """
    base = os.path.realpath(folder)
    for member in tar:
        name = member.name
        member.name = name.lstrip("/")
        place = os.path.join(base, member.name)
        # Looked at one by one, as an earlier member may be a link on the way of a later one.
        if not is_within(os.path.realpath(place), base):
            raise RefusedMemberError(name, "it would be outside the folder")
        if member.issym() or member.islnk():
            start = os.path.dirname(place) if member.issym() else base
            target = os.path.realpath(os.path.join(start, member.linkname))
            if os.path.isabs(member.linkname) or not is_within(target, base):
                raise RefusedMemberError(name, "it is a link that leads out of the folder")
        elif not (member.isfile() or member.isdir()):
            raise RefusedMemberError(name, "it is a special file")
        # Readable for us, writable for nobody else, and nobody else's.
        member.mode = 0o755 if member.isdir() else (member.mode & 0o755) | 0o600
        member.uid, member.gid = os.getuid(), os.getgid()
        member.uname = member.gname = ""
        tar.extract(member, base)
