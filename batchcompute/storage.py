"""Read and write `oss://` objects, through fsspec.

The file system is given, or made of the variables that the vendor's object clients read:
`OSS_ENDPOINT`, `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET` and `OSS_SESSION_TOKEN`. The service of
this project exports them (`python -m batchcompute.server env`, `LocalServer.environment()`).
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from batchcompute.exceptions import ConfigError

_SCHEME = "oss://"


def open_storage(environment: Mapping[str, str] = os.environ) -> Any:
    """Return the file system of the environment's object store.

    It is that of `ossfs`, if that is installed, and otherwise a small one that has what this
    package needs of it.

    Args:
        environment: Where the variables are looked for.

    Raises:
        ConfigError: A variable is missing.
    """
    missing = [
        name
        for name in ("OSS_ENDPOINT", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET")
        if not environment.get(name)
    ]
    if missing:
        raise ConfigError(
            f"{', '.join(missing)} not set: they say where objects are and who reads them; or give "
            "an fsspec file system as storage=…"
        )
    token = environment.get("OSS_SESSION_TOKEN") or ""
    try:
        from ossfs import OSSFileSystem  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        from batchcompute._objects.files import ObjectFiles

        names = ("OSS_ENDPOINT", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET")
        endpoint, key_id, secret = (environment[name] for name in names)
        return ObjectFiles(endpoint, key_id, secret, token, environment.get("OSS_REGION", ""))
    return OSSFileSystem(
        endpoint=environment["OSS_ENDPOINT"],
        key=environment["OSS_ACCESS_KEY_ID"],
        secret=environment["OSS_ACCESS_KEY_SECRET"],
        token=token or None,
        skip_instance_cache=True,
    )


def path_of(address: str) -> str:
    """Return the path that fsspec knows an `oss://bucket/key` address by.

    Raises:
        ValueError: It is not the address of an object.
    """
    path = address.removeprefix(_SCHEME)
    bucket, _, key = path.partition("/")
    if path == address or not bucket or not key:
        raise ValueError(f"an object's address is oss://bucket/key, not {address!r}")
    return path


def read_text(storage: Any, address: str) -> str | None:
    """Return an object as text, or None if there is none.

    Args:
        storage: An fsspec file system.
        address: `oss://bucket/key`.
    """
    try:
        content: bytes = storage.cat_file(path_of(address))
    except FileNotFoundError:
        return None
    return content.decode("utf-8", "replace")


def upload_file(storage: Any, source: str | os.PathLike[str], address: str) -> str:
    """Write a local file as an object, and return its address.

    Args:
        storage: An fsspec file system.
        source: The file.
        address: `oss://bucket/key`; one that ends in a slash gets the file's name.
    """
    target = f"{address}{Path(source).name}" if address.endswith("/") else address
    storage.put_file(os.fspath(source), path_of(target))
    return target


def download_file(storage: Any, address: str, target: str | os.PathLike[str]) -> Path:
    """Copy an object into a local file, and return its path.

    Args:
        storage: An fsspec file system.
        address: `oss://bucket/key`.
        target: The file, or a folder in which it gets the object's name.

    Raises:
        FileNotFoundError: There is no such object.
    """
    path = Path(target)
    if path.is_dir():
        path /= address.rpartition("/")[2]
    # A cached listing would hide objects that were written since.
    storage.invalidate_cache()
    storage.get_file(path_of(address), str(path))
    return path


def upload_package(storage: Any, source: str | os.PathLike[str], address: str) -> str:
    """Pack a file or folder, write it as an object for a task's `PackagePath`, return its address.

    The archive is the same for the same files: their times and owners are left out.

    Args:
        storage: An fsspec file system.
        source: A file, or a folder whose content lies at the root of the archive.
        address: `oss://bucket/key`, by custom ending in `.tar.gz`.

    Raises:
        FileNotFoundError: There is no such file or folder.
    """
    storage.pipe_file(path_of(address), _packed(Path(source)))
    return address


def _packed(source: Path) -> bytes:
    if not source.exists():
        raise FileNotFoundError(f"there is no file or folder {source}")
    root = source if source.is_dir() else source.parent
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for path in _files(source):
            archive.add(path, str(path.relative_to(root)), recursive=False, filter=_anonymous)
    return packed.getvalue()


def _files(source: Path) -> Iterable[Path]:
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*") if "__pycache__" not in path.parts)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
