"""The answer of a handler, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from batchcompute.server.object_api.xml import document


@dataclass(frozen=True, slots=True)
class FileRange:
    """A part of an open file.

    Attributes:
        descriptor: The file; whoever sends it closes it.
        start: Offset of the first byte.
        length: Number of bytes.
    """

    descriptor: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: HTTP status code.
        headers: Names and values, decoded so that every character is one byte.
        body: The content, or the part of a file that is.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | FileRange = b""


def xml_reply(root: Element, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an answer that is an XML document."""
    return Reply(200, {"content-type": "application/xml", **(headers or {})}, document(root))
