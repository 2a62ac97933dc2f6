"""A request as its signature sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from batchcompute.server.model.errors import ApiError


@dataclass(slots=True)
class SignedRequest:
    """The parts of a request that are signed.

    Attributes:
        method: HTTP method.
        path: Path as received, percent-encoded.
        query: Query string as received, without the question mark.
        headers: Names in lower case, and values, as received.
        body: Body as received.
    """

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""
    _values: dict[bytes, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the headers; of a repeated one the first counts."""
        self._values = dict(self.headers[::-1])

    def header(self, name: bytes) -> bytes:
        """Return a header's value without surrounding blanks; an absent one is empty."""
        return self._values.get(name, b"").strip()

    def required(self, header: bytes, name: str) -> bytes:
        """Return a header's value.

        Args:
            header: The header.
            name: What the error code names.

        Raises:
            ApiError: It is absent or empty.
        """
        value = self.header(header)
        if not value:
            text = f"Header {header.decode()} is mandatory for this action."
            raise ApiError(400, f"Missing{name}", text)
        return value

    def pairs(self) -> list[tuple[bytes, bytes]]:
        """Return the parameters of the query, still encoded; one without `=` has no value."""
        parts = (part.partition(b"=") for part in self.query.split(b"&") if part)
        return [(name, value) for name, _, value in parts]
