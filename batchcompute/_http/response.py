"""Represent a response as it was received, and make the exception of a failed one."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, cast

from batchcompute._http.error_codes import error_class, lacks_extension
from batchcompute._http.redaction import Redactor
from batchcompute.exceptions import ClientError, ExtensionMissingError, JsonError

#: Characters of a body that errors show.
_SHOWN = 500
#: Bytes of it that are looked through for secrets, as one may begin within what is shown.
_READ_BYTES = 64 * 1024


class Headers(Mapping[str, str]):
    """Headers of a response: names in lower case, found in any case.

    Args:
        received: Names and values in the order in which they came; the values of a name that came
            more than once are joined by commas.
    """

    __slots__ = ("_values",)

    def __init__(self, received: Iterable[tuple[bytes, bytes]] = ()) -> None:
        values: dict[str, str] = {}
        for raw_name, raw_value in received:
            name, value = _decoded(raw_name).lower(), _decoded(raw_value)
            values[name] = f"{values[name]}, {value}" if name in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class Received(NamedTuple):
    """A whole response, by whatever library it came.

    Attributes:
        status: HTTP status code.
        headers: Its headers.
        body: Its body, decoded from whatever encoding it had on the way.
    """

    status: int
    headers: Headers
    body: bytes


class Response:
    """Status, headers and body of one response.

    Args:
        operation: Name of the API operation that was asked.
        status: HTTP status code.
        headers: Headers, with lower-case names.
        body: The body's bytes.
        path: Path of the request; "" if it is not known.
        redactor: Hides the secrets of the request in errors about the response; a copy made by
            pickle has none, as it would carry them.
    """

    __slots__ = ("_content", "_redactor", "body", "headers", "operation", "path", "status")

    def __init__(
        self,
        operation: str,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        path: str = "",
        redactor: Redactor | None = None,
    ) -> None:
        self.operation = operation
        self.status = status
        self.headers = headers
        self.body = body
        self.path = path
        self._redactor = redactor
        self._content: Any = None

    @property
    def content(self) -> Any:
        """Return the decoded body, always the same object: programs add to it what they like."""
        if self._content is None:
            self._content = self.json()
        return self._content

    def __reduce__(self) -> tuple[Any, ...]:
        return Response, (self.operation, self.status, dict(self.headers), self.body, self.path)

    @property
    def request_id(self) -> str | None:
        """Return the service's id of the request, or None if it sent none."""
        headers = self.headers
        return headers.get("x-acs-request-id") or headers.get("request-id")

    def json(self) -> Any:
        """Decode the body.

        Returns:
            The decoded JSON; an empty body is an empty object.

        Raises:
            JsonError: The body is not JSON.
        """
        if not self.body.strip():
            return {}
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise self.unreadable() from None

    def object(self) -> dict[str, Any]:
        """Decode a body that must be a JSON object.

        Raises:
            JsonError: The body is not JSON, or JSON of another type.
        """
        content = self.json()
        if not isinstance(content, dict):
            raise self.unreadable()
        return cast("dict[str, Any]", content)

    def unreadable(self, why: str = "") -> JsonError:
        """Return the exception for a success whose body is not what it should be.

        Args:
            why: What is wrong with it; "" shows how it begins.
        """
        return JsonError(
            f"{self.operation}: {why or _excerpt(self._text(_READ_BYTES))}",
            operation=self.operation,
            status=self.status,
            request_id=self._shown(self.request_id or "") or None,
            headers=self._shown_headers(),
        )

    def error(self) -> ClientError:
        """Return the exception for a response whose status is not 2xx, of the class that fits."""
        content: Any = None
        if not self.body.strip():
            content = {}
        else:
            # Deep nesting overflows the decoder's stack instead of being invalid.
            with contextlib.suppress(ValueError, RecursionError):
                content = json.loads(self.body)
                if self._redactor is not None:
                    content = self._redactor.json(content)
        if isinstance(content, dict):
            said = cast("dict[str, Any]", content)
            code = said.get("Code") or said.get("ErrorCode") or "Unknown code"
            message = said.get("Message") or said.get("ErrorMessage") or "Unknown reason"
        else:
            # A gateway or proxy in between speaks HTML; some servers send bare strings or lists.
            code = "Unknown code"
            message = f"the response is not a JSON object: {_excerpt(self._text(_READ_BYTES))}"
        kind = error_class(self.status, str(code))
        if lacks_extension(self.operation, self.status, str(code)):
            kind = ExtensionMissingError
            message = f"the service does not have the extension {self.operation} ({message})"
        error = kind(
            self.status,
            str(code),
            self._shown(self.request_id or "") or None,
            str(message),
            self.operation,
            content if content is not None else self._text(),
            self._shown_headers(),
        )
        if error.code.startswith("InvalidTimeStamp"):
            skew = self.clock_skew()
            if skew is not None and abs(skew) >= 1:
                way = "behind" if skew > 0 else "ahead of"
                error.add_note(f"this machine's clock is {abs(skew):.0f} s {way} the service's")
        return error

    def _text(self, size: int | None = None) -> str:
        """Return the beginning of the body as it may be shown."""
        return self._shown(self.body[:size].decode("utf-8", "replace"))

    def _shown(self, text: str) -> str:
        return self._redactor.string(text) if self._redactor is not None else text

    def _shown_headers(self) -> dict[str, str]:
        return {name: self._shown(value) for name, value in self.headers.items()}

    def clock_skew(self) -> float | None:
        """Return by how many seconds the service's clock is ahead of this machine's, if it says."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None


def _excerpt(text: str) -> str:
    return text[:_SHOWN] + "…" if len(text) > _SHOWN else text
