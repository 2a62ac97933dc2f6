"""Objects as the files of a folder: `<root>/<bucket>/<key>`."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from batchcompute.server.model.boot import boot_id
from batchcompute.server.objects import durable
from batchcompute.server.objects.address import OssAddress
from batchcompute.server.objects.copying import copy_file
from batchcompute.server.objects.errors import (
    InvalidAddressError,
    ObjectNotFoundError,
    ObjectStoreError,
)
from batchcompute.server.objects.interface import ObjectInfo, Sources
from batchcompute.server.objects.unsynced import MOST_BYTES, Unsynced

if TYPE_CHECKING:
    from batchcompute.server.objects.apart import ApartObjects

# No bucket starts with a dot, so what is half written is never listed as an object.
STAGING = ".staging"
#: Where objects lie for which the folders of their buckets have no place.
APART = ".apart"

# Files on a mount of the hosted service can be executed, and objects are mounted as they are.
_MODE = 0o755
# No link, and no pipe that would be waited for.
_NO_SURPRISE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FolderStore:
    """An object store for one machine, readable with everyday tools.

    An object whose key is a directory of another's cannot lie beside it, and lies apart. Symbolic
    links in the folder are not objects: no verb follows one.
    """

    def __init__(self, root: Path) -> None:
        """Open a folder.

        Args:
            root: The folder; it is made if it is not there.
        """
        durable.make_directories(root.absolute())
        # Resolved once: a link on the way *to* the root is the user's choice, one below it is not.
        self._root = root.resolve(strict=True)
        self._staging = self._root / STAGING
        self._staging.mkdir(exist_ok=True)

    @property
    def url(self) -> str:
        """The folder as a `file:` address."""
        return self._root.as_uri()

    @property
    def folder(self) -> Path:
        """The folder, without links on the way to it."""
        return self._root

    def put_file(self, source: Path, address: str) -> None:
        """Write an object from a local file, replacing what was there."""
        self.put_files([(source, address)])

    def put_files(
        self,
        files: Iterable[tuple[Path, str]],
        *,
        sources: Sources = "kept",
        unsynced: list[Unsynced] | None = None,
    ) -> None:
        """Write objects from local files; see `ObjectStore.put_files`."""
        folders: dict[Path, str] = {}
        try:
            for source, address in files:
                target = self._object_path(address)
                with _naming(address):
                    if sources == "spare" and unsynced is not None:
                        self._check_root(address)
                        if self._put_unsynced(source, target, address, unsynced):
                            continue
                    self._put(source, target, address, sources)
                folders[target.parent] = address
        finally:
            # Once for all of a folder.
            for folder, address in folders.items():
                with _naming(address):
                    _sync_names(folder)

    def put_bytes(self, data: bytes, address: str, *, if_absent: bool = False) -> bool:
        """Write an object; see `ObjectStore.put_bytes`."""
        target = self._object_path(address)
        with _naming(address):
            with durable.staged(self._staging_for(address), _MODE) as (descriptor, temporary):
                with open(descriptor, "wb", closefd=False) as file:
                    file.write(data)
                os.fsync(descriptor)
                if if_absent:
                    durable.make_directories(target.parent)
                    return durable.publish_if_absent(temporary, target)
                self._publish(temporary, target)
                _sync_names(target.parent)
            return True

    def get_file(self, address: str, target: Path) -> None:
        """Copy an object into a local file."""
        source = self._existing(address)
        with _naming(address):
            copy_file(source, target)

    def get_input(self, info: ObjectInfo, target: Path, *, shared: bool = False) -> None:
        """Copy an object into a local file: what lies on this machine is in no cache."""
        del shared
        self.get_file(info.address, target)

    @property
    def has_cache(self) -> bool:
        """False, as all objects can be read in place."""
        return False

    def read_range(self, address: str, start: int = 0, end: int | None = None) -> bytes:
        """Read an object from byte `start` up to, not including, byte `end` (None: its last)."""
        if start < 0 or (end is not None and end < start):
            raise ObjectStoreError(address, f"there is no range from byte {start} to byte {end}")
        source = self._existing(address)
        with _naming(address), source.open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else end - start)

    def list_prefix(self, prefix: str) -> list[ObjectInfo]:
        """List the objects whose address starts with a text, in the order of their UTF-8 keys.

        These are the files of the folder: what lies apart has no place among files anyway.
        """
        address = OssAddress.parse(prefix)
        bucket = self._root / address.bucket
        folder = OssAddress(address.bucket, address.key.rpartition("/")[0])
        with _naming(prefix):
            return sorted(
                (
                    ObjectInfo(str(OssAddress(address.bucket, key)), found.st_size, found.st_mtime)
                    for name, found in _files_below(str(self._path(folder, prefix)))
                    if (key := os.path.relpath(name, bucket)).startswith(address.key)
                ),
                key=lambda info: info.address.encode(errors="surrogateescape"),
            )

    def stat(self, address: str) -> ObjectInfo:
        """Describe one object."""
        path = self._existing(address)
        with _naming(address):
            status = path.stat()
            return ObjectInfo(address, status.st_size, status.st_mtime)

    def copy(self, source: str, target: str) -> None:
        """Write an object from another one, replacing what was there."""
        origin, copy = self._existing(source), self._object_path(target)
        with _naming(target):
            self._put(origin, copy, target, "kept")
            _sync_names(copy.parent)

    def delete(self, address: str) -> None:
        """Remove an object; that none is there is no error, as in OSS."""
        path = self._object_path(address)
        if path.is_file():
            with _naming(address):
                path.unlink()
                durable.sync_directory(path.parent)
        if self._has_apart():
            self._apart.delete(*self._names(path))

    def local_path(self, address: str) -> Path | None:
        """Return the file or folder itself, or None if nothing is there."""
        parsed = OssAddress.parse(address)
        path = self._path(parsed, address)
        if path.is_dir() if parsed.is_directory else path.is_file():
            return path
        self._check_root(address)
        if parsed.is_directory or not self._has_apart():
            return None
        return self._apart.path(*self._names(path))

    def tidy(self) -> None:
        """Remove what writers that were killed have left half written."""
        with suppress(FileNotFoundError):
            durable.drop_abandoned(self._staging)

    def _check_root(self, address: str) -> None:
        """Tell a folder that is gone, such as a disk that is not mounted, from an empty one."""
        if not self._root.is_dir():
            raise ObjectStoreError(address, f"the folder of the objects, {self._root}, is gone")

    def _staging_for(self, address: str) -> Path:
        # Never the root itself: what is written below the place of another disk would be hidden
        # when that is mounted again.
        self._check_root(address)
        self._staging.mkdir(exist_ok=True)
        return self._staging

    def _put(self, source: Path, target: Path, address: str, sources: Sources) -> None:
        """Write an object, whose name is not durable yet."""
        self._check_root(address)
        if sources != "kept" and self._put_itself(source, target, sources == "spare"):
            return
        with durable.staged(self._staging_for(address), _MODE) as (descriptor, temporary):
            copy_file(source, temporary)
            os.fchmod(descriptor, _MODE)
            os.fsync(descriptor)
            self._publish(temporary, target)

    def _put_unsynced(
        self, source: Path, target: Path, address: str, unsynced: list[Unsynced]
    ) -> bool:
        """Make a small file a new object without waiting for the disk.

        Returns:
            False if that cannot be; the file is left as it is.
        """
        # What is replaced is durable: after a power cut there has to be the one or the other.
        if os.path.lexists(target) or (found := _read_small(source)) is None:
            return False
        modified_ns, content = found
        record = Unsynced(boot_id(), str(self._root), address, modified_ns, content)
        # Before it is seen: whoever is interrupted in between has still to see to it.
        unsynced.append(record)
        try:
            if durable.publish_with_folders(source, target, sync=False):
                return True
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        unsynced.remove(record)
        return False

    def write_again(self, unsynced: Unsynced) -> None:
        """Write an object as it was when it was left unsynced; it is not durable after that."""
        target = self._object_path(unsynced.address)
        with (
            _naming(unsynced.address),
            durable.staged(self._staging_for(unsynced.address), _MODE) as (descriptor, temporary),
        ):
            with open(descriptor, "wb", closefd=False) as file:
                file.write(unsynced.content)
            # Its time says that it is this one, should the power fail again.
            os.utime(descriptor, ns=(unsynced.modified_ns, unsynced.modified_ns))
            self._publish(temporary, target)

    def _put_itself(self, source: Path, target: Path, is_spare: bool) -> bool:
        """Make a file itself an object, without a copy; return False if that cannot be.

        One that is not spare is an object beside what it is.
        """
        try:
            descriptor = os.open(source, _NO_SURPRISE)
        except OSError:
            return False
        try:
            status = os.fstat(descriptor)
            if not _is_sole_file(status):
                return False
            # The file counts as staged from now on: see `durable.drop_abandoned`.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.fchmod(descriptor, _MODE)
            os.utime(descriptor)
            if status.st_size:
                os.fsync(descriptor)
            if is_spare:
                temporary = source
            else:
                self._staging.mkdir(exist_ok=True)
                temporary = durable.temporary_name(self._staging)
                os.link(source, temporary)
        except OSError:
            # It is another's, or on another file system, or the like.
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        try:
            self._publish(temporary, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return False
        finally:
            if not is_spare:
                with suppress(FileNotFoundError):
                    os.unlink(temporary)
            os.close(descriptor)
        return True

    def _publish(self, temporary: Path, target: Path) -> None:
        if not durable.publish_with_folders(temporary, target, sync=False):
            self._apart.put(temporary, *self._names(target))

    @property
    def _apart(self) -> ApartObjects:
        # Loaded when it is needed: most processes of a service never see such an object.
        from batchcompute.server.objects.apart import ApartObjects

        return ApartObjects(self._root)

    def _has_apart(self) -> bool:
        try:
            with os.scandir(self._root / APART) as entries:
                return next(entries, None) is not None
        except FileNotFoundError:
            return False

    def _names(self, path: Path) -> tuple[str, str]:
        bucket, _, key = path.relative_to(self._root).as_posix().partition("/")
        return bucket, key

    def _object_path(self, address: str) -> Path:
        return self._path(OssAddress.parse_object(address), address)

    def _existing(self, address: str) -> Path:
        path = self._object_path(address)
        if path.is_file():
            return path
        self._check_root(address)
        apart = self._apart.path(*self._names(path)) if self._has_apart() else None
        if apart is None:
            raise ObjectNotFoundError(address, "there is no such object")
        return apart

    def _path(self, address: OssAddress, text: str) -> Path:
        """Return where an object lies, refusing every way that leads through a link."""
        names = [address.bucket, *filter(None, address.key.split("/"))]
        place = str(self._root)
        for name in names:
            place = f"{place}/{name}"
            try:
                is_link = stat.S_ISLNK(os.lstat(place).st_mode)
            except OSError:
                break  # What is not there is no link, and neither is what would be in it.
            if is_link:
                raise InvalidAddressError(
                    text, "a symbolic link is on the way to it, or is in its place"
                )
        return Path(self._root, *names)


def _files_below(folder: str) -> Generator[tuple[str, os.stat_result]]:
    """Yield the files of a folder and of those in it, with what is known of each; no links."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = f"{place}/{name}"
            with suppress(FileNotFoundError):  # It was removed in between.
                status = os.lstat(path)
                if stat.S_ISREG(status.st_mode):
                    yield path, status


def _is_sole_file(status: os.stat_result) -> bool:
    """Return whether this is a file without other names, under which it could be written to."""
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _read_small(source: Path) -> tuple[int, bytes] | None:
    """Get a small file ready to be an object.

    Returns:
        Its time of modification, in nanoseconds, and its content; None for others.
    """
    try:
        descriptor = os.open(source, _NO_SURPRISE)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not _is_sole_file(status) or status.st_size > MOST_BYTES:
            return None
        content = os.pread(descriptor, MOST_BYTES + 1, 0)
        if len(content) != status.st_size:
            return None
        os.fchmod(descriptor, _MODE)
        os.utime(descriptor)
        return os.fstat(descriptor).st_mtime_ns, content
    except OSError:
        # It is another's, or the like.
        return None
    finally:
        os.close(descriptor)


def _sync_names(folder: Path) -> None:
    """Make the names of objects durable, unless they were removed, or lie apart from the folder."""
    with suppress(FileNotFoundError, NotADirectoryError):
        durable.sync_directory(folder)


@contextmanager
def _naming(address: str) -> Generator[None]:
    """Say which object an error of the file system is about."""
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ObjectStoreError(
            address, "a folder cannot hold both an object and a directory of the same name"
        ) from error
    except OSError as error:
        raise ObjectStoreError(address, f"{error.strerror or error}") from error
