"""The eight verbs that the service and its shims need of an object store.

Addresses are texts such as `oss://bucket/key`. Every verb raises `InvalidAddressError` for a text
that is none, `ObjectNotFoundError` where an object has to be there and is not, and
`ObjectStoreError` for everything else that keeps it from doing its work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from batchcompute.server.objects.unsynced import Unsynced


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as a listing shows it.

    Attributes:
        address: Its `oss://` address.
        size: Length in bytes.
        modified_at: Seconds since the epoch, UTC.
        etag: Names this content of the object; "" if the store has no such name.
    """

    address: str
    size: int
    modified_at: float
    etag: str = ""


#: How local files may be used when objects are written from them.
Sources = Literal["kept", "final", "spare"]


class ObjectStore(Protocol):
    """Where objects lie. What a verb wrote is durable when it returns, and is seen whole or not."""

    @property
    def url(self) -> str:
        """The argument with which `open_store` opens an equal store in any process here."""
        ...

    @property
    def folder(self) -> Path | None:
        """The folder of this machine below which all objects lie, or None if they lie elsewhere."""
        ...

    def put_file(self, source: Path, address: str) -> None:
        """Write an object from a local file, replacing what was there."""

    def put_files(
        self,
        files: Iterable[tuple[Path, str]],
        *,
        sources: Sources = "kept",
        unsynced: list[Unsynced] | None = None,
    ) -> None:
        """Write objects from local files, replacing what was there.

        All of them are durable when it returns. After an error, those before it are.

        Args:
            files: Local files, each with its address.
            sources: What becomes of them: they are "kept" and may change, they are "final", so that
                nobody writes to them any more, or they are "spare", so that they may be gone.
            unsynced: If given, the caller makes some of them durable itself, small ones that
                replace nothing: those are added to it, each before it is seen.
        """

    def put_bytes(self, data: bytes, address: str, *, if_absent: bool = False) -> bool:
        """Write an object.

        Args:
            data: The whole content.
            address: Where to.
            if_absent: Leave an object that is there as it is, also when many try at once.

        Returns:
            True if this call wrote it.
        """
        ...

    def get_file(self, address: str, target: Path) -> None:
        """Copy an object into a local file."""

    def get_input(self, info: ObjectInfo, target: Path, *, shared: bool = False) -> None:
        """Put an object at a local path, from this machine's cache if there is one and it has it.

        Args:
            info: What `stat` or a listing has just said of it.
            target: The path; nothing is there.
            shared: Nobody writes to it, so that it may be one file with others.
        """

    @property
    def has_cache(self) -> bool:
        """True if `get_input` may find objects on this machine that were fetched before."""
        ...

    def read_range(self, address: str, start: int = 0, end: int | None = None) -> bytes:
        """Read an object from byte `start` up to, not including, byte `end` (None: its last)."""
        ...

    def list_prefix(self, prefix: str) -> list[ObjectInfo]:
        """List the objects whose address starts with a text, in the order of their UTF-8 keys."""
        ...

    def stat(self, address: str) -> ObjectInfo:
        """Describe one object."""
        ...

    def copy(self, source: str, target: str) -> None:
        """Write an object from another one, replacing what was there."""

    def delete(self, address: str) -> None:
        """Remove an object; that none is there is no error, as in OSS."""

    def local_path(self, address: str) -> Path | None:
        """Say where a program of this machine can read the object or directory in place.

        Returns:
            A path, or None where the bytes have to be fetched, or where nothing is there.
        """

    def tidy(self) -> None:
        """Remove what writers that were killed have left half written."""
