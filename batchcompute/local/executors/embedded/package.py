"""Unpacking a package into the working directory."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

from batchcompute.local.executors.embedded.failures import AttemptFailure
from batchcompute.local.objects import ObjectStore, ObjectStoreError

_FIELD = "PackagePath"


def unpack_package(objects: ObjectStore, address: str, folder: Path, scratch: Path) -> None:
    """Fetch a gzip-compressed tar and unpack it.

    Members that would leave the folder, devices and pipes are refused with the whole package, as a
    program that lacks a file of its package is not the program that was sent.

    Args:
        objects: Where the package lies.
        address: Its address.
        folder: Where its members go.
        scratch: Where the archive may lie while it is needed.

    Raises:
        AttemptFailure: It is not there, no such archive, or not safe to unpack.
    """
    try:
        archive = objects.local_path(address)
        if archive is None:
            archive = scratch / "package.tar.gz"
            objects.get_file(address, archive)
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise AttemptFailure.of_field(
            _FIELD, address, f"the member {error.tarinfo.name!r} is refused: {error}"
        ) from error
    except ObjectStoreError as error:
        raise AttemptFailure.of_field(_FIELD, address, error.reason) from error
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise AttemptFailure.of_field(
            _FIELD, address, f"it cannot be unpacked as a gzip-compressed tar: {error}"
        ) from error
