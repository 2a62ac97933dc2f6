"""The interface between a remote store and a vendor's client, and its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

#: Answers that can be others a moment later; all of 500 and above are but for 501.
_PASSING_STATUSES = (408, 425, 429)
_PASSING_CODES = (
    "RequestTimeout",
    "RequestTimeTooSkewed",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "OperationAborted",
    "ConditionalRequestConflict",
    "InconsistentError",
    "BadDigest",
    "InvalidDigest",
)

#: How the TLS library says that nobody we trust vouches for the store.
_UNTRUSTED = "certificate verify failed"

#: Seconds until a connection is given up, and until an answer or the next of its bytes is.
CONNECT_SECONDS, READ_SECONDS = 10, 60
#: Bytes of an answer that are handed on at once.
STEP = 1 << 20


class WireError(Exception):
    """A request failed.

    Attributes:
        code: The store's word for it, or "" if there was no answer.
        status: HTTP status of the answer, or 0.
        reason: What happened.
    """

    def __init__(self, reason: str, code: str = "", status: int = 0) -> None:
        """Describe the failure."""
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.status = status

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed a moment later."""
        if _UNTRUSTED in self.reason.lower():
            return False
        if self.code in _PASSING_CODES or self.status in _PASSING_STATUSES:
            return True
        return self.status == 0 or (self.status >= 500 and self.status != 501)

    @property
    def is_missing(self) -> bool:
        """Whether there is no such object."""
        return self.code == "NoSuchKey" or (self.status == 404 and not self.is_without_bucket)

    @property
    def is_without_bucket(self) -> bool:
        """Whether there is no such bucket."""
        return self.code == "NoSuchBucket"

    @property
    def is_refused(self) -> bool:
        """Whether the access key is not good for this."""
        return self.status in (401, 403)

    @property
    def is_condition(self) -> bool:
        """Whether the object is not as the request wants it."""
        return self.status in (409, 412) and not self.is_passing


@dataclass(frozen=True, slots=True)
class Entry:
    """An object without its bytes.

    Attributes:
        key: Its key in the store.
        size: Its length in bytes.
        modified_at: Seconds since the epoch, UTC.
        etag: Names this content of the object.
    """

    key: str
    size: int
    modified_at: float
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """An object, or a part of one, as it comes.

    Attributes:
        etag: Names this content of the object.
        length: Bytes that are coming.
        crc64: CRC-64 of the whole object, or None if the store does not tell it.
        md5: Digest of the whole object if it seems to tell one, or "".
        pieces: The bytes; only `WireError` comes out of them.
        close: Lets go of the connection.
    """

    etag: str
    length: int
    crc64: int | None
    pieces: Iterator[bytes]
    close: Callable[[], None]
    md5: str = ""


class Wire(Protocol):
    """A vendor's client. Every verb sends one request and raises `WireError`."""

    @property
    def may_be_forked(self) -> bool:
        """Whether each of the processes that are forked before the first request can use it."""
        ...

    def put(self, bucket: str, key: str, data: bytes, *, if_absent: bool = False) -> None:
        """Write an object."""

    def head(self, bucket: str, key: str) -> Entry:
        """Describe an object."""
        ...

    def get(self, bucket: str, key: str, span: tuple[int, int | None], etag: str = "") -> Download:
        """Read from the first byte up to, not including, the second; None is the end.

        Args:
            bucket: The bucket.
            key: The key.
            span: The bytes; (0, None) for all.
            etag: The content that it has to be, or "" for any.
        """
        ...

    def page(self, bucket: str, prefix: str, token: str) -> tuple[Sequence[Entry], str]:
        """List keys that start with a prefix, in their order.

        Args:
            bucket: The bucket.
            prefix: How keys start.
            token: What came with the page before, or "" for the first one.

        Returns:
            The objects, and the token of the next page or "".
        """
        ...

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Copy an object of at most 1 GiB inside the store; both are named by bucket and key."""

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object, if it is there."""

    def begin(self, bucket: str, key: str) -> str:
        """Begin an upload in parts, and return its id."""
        ...

    def put_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
        """Upload a part, and return its ETag."""
        ...

    def complete(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> None:
        """Make the parts, which are numbered from 1 on, an object."""

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """Throw an upload away."""

    def check(self, bucket: str) -> None:
        """Ask something that the key must be good for.

        Args:
            bucket: A bucket to look into, or "" to ask for the list of buckets.
        """


def bare_etag(etag: str | None) -> str:
    """Return an ETag without what HTTP puts around it."""
    return (etag or "").removeprefix("W/").strip('"')


def range_header(span: tuple[int, int | None]) -> str | None:
    """Return the value of a `Range` header, or None if all is wanted."""
    start, end = span
    if end is not None:
        return f"bytes={start}-{end - 1}"
    return f"bytes={start}-" if start else None
