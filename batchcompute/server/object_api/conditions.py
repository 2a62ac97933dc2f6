"""Preconditions of a request, and the range of an object that it wants."""

from __future__ import annotations

import re
from dataclasses import dataclass

from batchcompute.server.object_api.errors import OssError
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.times import parse_http_date
from batchcompute.server.objects.records import ObjectRecord

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


class NotModified(Exception):  # an answer, and no error
    """The caller has this object already."""


@dataclass(frozen=True, slots=True)
class Range:
    """A part of an object.

    Attributes:
        start: Offset of the first byte.
        length: Number of bytes.
        partial: True if it was asked for, and is announced as a part.
    """

    start: int
    length: int
    partial: bool


def check_conditions(request: OssRequest, record: ObjectRecord, prefix: str = "") -> None:
    """See whether the conditions of a request hold.

    Args:
        request: The request.
        record: The object that they are about.
        prefix: What stands before the names of the headers, as in copies.

    Raises:
        NotModified: The caller has this object already.
        OssError: A condition does not hold.
    """
    headers = request.headers
    modified = int(record.modified_at)
    if (wanted := headers.get(f"{prefix}if-match")) and not _matches(wanted, record.etag):
        raise _failed("If-Match")
    until = parse_http_date(headers.get(f"{prefix}if-unmodified-since", ""))
    if until is not None and modified > until:
        raise _failed("If-Unmodified-Since")
    if (unwanted := headers.get(f"{prefix}if-none-match")) and _matches(unwanted, record.etag):
        raise NotModified
    since = parse_http_date(headers.get(f"{prefix}if-modified-since", ""))
    if since is not None and modified <= since:
        raise NotModified


def range_of(text: str, size: int, *, standard: bool) -> Range:
    """Return the part of an object that a header wants.

    Args:
        text: The header, or "" if there is none.
        size: Length of the object in bytes.
        standard: Take a range that does not lie in the object as HTTP does; otherwise it is
            ignored, as the protocol says.

    Raises:
        OssError: The range cannot be met, and the caller wants to know.
    """
    whole = Range(0, size, False)
    match = _RANGE.fullmatch(text)
    if match is None or match.groups() == ("", ""):
        return whole
    first, last = match[1], match[2]
    if not first:
        count = int(last)
        if 0 < count <= size:
            return Range(size - count, count, True)
        if standard and count and size:
            return Range(0, size, True)
        return _unmet(whole, size, text) if standard else whole
    start = int(first)
    end = int(last) if last else size - 1
    if start >= size:
        return _unmet(whole, size, text) if standard else whole
    if end < start:
        return whole
    if end >= size:
        return Range(start, size - start, True) if standard else whole
    return Range(start, end - start + 1, True)


def _unmet(whole: Range, size: int, text: str) -> Range:
    raise OssError(
        416,
        "InvalidRange",
        "The requested range cannot be satisfied.",
        "0026-00000002",
        {"ActualObjectSize": str(size), "RangeRequested": text},
        {"content-range": f"bytes */{size}"},
    )


def _matches(header: str, etag: str) -> bool:
    wanted = [part.strip().strip('"').upper() for part in header.split(",")]
    return "*" in wanted or etag in wanted


def _failed(condition: str) -> OssError:
    return OssError(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold.",
        "0026-00000003",
        {"Condition": condition},
    )
