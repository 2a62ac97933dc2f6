"""A store as the programs of one account reach it: other accounts' buckets are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from batchcompute.server.model.caller import DEFAULT_ACCOUNT
from batchcompute.server.objects.address import OssAddress
from batchcompute.server.objects.errors import ObjectNotFoundError, ObjectStoreError
from batchcompute.server.objects.interface import ObjectInfo, ObjectStore, Sources
from batchcompute.server.objects.owners import BucketOwners
from batchcompute.server.objects.unsynced import Unsynced


class ScopedStore:
    """An `ObjectStore` that shows the buckets of one account, and those that were granted to it.

    A bucket that is not there yet belongs to the account once it writes to it. Of a store
    elsewhere nobody knows whose its buckets are: they are the first account's.

    Attributes:
        inner: The whole store.
    """

    def __init__(self, inner: ObjectStore, account: int, granted: Mapping[str, bool]) -> None:
        """Show a part of a store.

        Args:
            inner: The whole store.
            account: The account.
            granted: Buckets of others, and whether they may be written to.
        """
        self.inner = inner
        self._account = account
        self._granted = dict(granted)
        self._owners = None if inner.folder is None else BucketOwners(inner.folder)

    def over(self, inner: ObjectStore) -> ScopedStore:
        """Return the same part of an equal store."""
        return ScopedStore(inner, self._account, self._granted)

    @property
    def url(self) -> str:
        """The argument with which the whole store is opened."""
        return self.inner.url

    @property
    def folder(self) -> Path | None:
        """The folder of the whole store, or None if it lies elsewhere."""
        return self.inner.folder

    def put_file(self, source: Path, address: str) -> None:
        """Write an object from a local file, replacing what was there."""
        self._check_write(address)
        self.inner.put_file(source, address)

    def put_files(
        self,
        files: Iterable[tuple[Path, str]],
        *,
        sources: Sources = "kept",
        unsynced: list[Unsynced] | None = None,
    ) -> None:
        """Write objects from local files; see `ObjectStore.put_files`."""
        self.inner.put_files(self._checked(files), sources=sources, unsynced=unsynced)

    def put_bytes(self, data: bytes, address: str, *, if_absent: bool = False) -> bool:
        """Write an object; see `ObjectStore.put_bytes`."""
        self._check_write(address)
        return self.inner.put_bytes(data, address, if_absent=if_absent)

    def get_file(self, address: str, target: Path) -> None:
        """Copy an object into a local file."""
        self._check_read(address)
        self.inner.get_file(address, target)

    def get_input(self, info: ObjectInfo, target: Path, *, shared: bool = False) -> None:
        """Put an object at a local path; see `ObjectStore.get_input`."""
        self._check_read(info.address)
        self.inner.get_input(info, target, shared=shared)

    @property
    def has_cache(self) -> bool:
        """Whether the whole store has a cache on this machine."""
        return self.inner.has_cache

    def read_range(self, address: str, start: int = 0, end: int | None = None) -> bytes:
        """Read an object from byte `start` up to, not including, byte `end` (None: its last)."""
        self._check_read(address)
        return self.inner.read_range(address, start, end)

    def list_prefix(self, prefix: str) -> list[ObjectInfo]:
        """List the objects whose address starts with a text, in the order of their UTF-8 keys."""
        return self.inner.list_prefix(prefix) if self._may_read(prefix) else []

    def stat(self, address: str) -> ObjectInfo:
        """Describe one object."""
        self._check_read(address)
        return self.inner.stat(address)

    def copy(self, source: str, target: str) -> None:
        """Write an object from another one, replacing what was there."""
        self._check_read(source)
        self._check_write(target)
        self.inner.copy(source, target)

    def delete(self, address: str) -> None:
        """Remove an object; that none is there is no error, as in OSS."""
        self._check_write(address)
        self.inner.delete(address)

    def local_path(self, address: str) -> Path | None:
        """Say where a program can read the object or directory in place, as the store does."""
        return self.inner.local_path(address) if self._may_read(address) else None

    def tidy(self) -> None:
        """Remove what writers that were killed have left half written."""
        self.inner.tidy()

    def _checked(self, files: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
        for source, address in files:
            self._check_write(address)
            yield source, address

    def _owner(self, bucket: str) -> int | None:
        return DEFAULT_ACCOUNT if self._owners is None else self._owners.owner(bucket)

    def _may_read(self, address: str) -> bool:
        bucket = OssAddress.parse(address).bucket
        return bucket in self._granted or self._owner(bucket) in (None, self._account)

    def _check_read(self, address: str) -> None:
        if not self._may_read(address):
            # In the words for what does not exist.
            raise ObjectNotFoundError(address, "there is no such object")

    def _check_write(self, address: str) -> None:
        bucket = OssAddress.parse(address).bucket
        if self._granted.get(bucket):
            return
        owners, account = self._owners, self._account
        owner = DEFAULT_ACCOUNT if owners is None else owners.claim(bucket, account)
        if owner != account:
            raise ObjectStoreError(address, f"the bucket {bucket} belongs to another account")
