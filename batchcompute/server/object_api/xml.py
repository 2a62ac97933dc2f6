"""XML documents of the protocol."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from batchcompute.server.object_api.errors import malformed_xml

#: Elements of a document at the most; one that completes an upload has some of them for each of its
#: 10,000 parts.
_MOST_ELEMENTS: Final = 100_000
#: Attributes of an element, and elements around another one, at the most; no request needs any.
_MOST_ATTRIBUTES: Final = 16
_DEEPEST: Final = 32
#: Bytes that are parsed before other threads have their turn.
_PIECE: Final = 64 * 1024
# A tag that is as long as that: its attributes could be counted only after all were read.
_LONG_TAG = re.compile(rb"<[^<]{%d}" % _PIECE)

# Characters that no XML 1.0 document can hold, not even as references.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, *content: str | int | Element | Iterable[Element]) -> Element:
    """Return an element with text and children.

    Args:
        tag: Its name.
        *content: Text, a number, a child or several children, in order.
    """
    made = Element(tag)
    for part in content:
        if isinstance(part, Element):
            made.append(part)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(part, str | int):
            made.text = _ILLEGAL.sub("\ufffd", str(part))
        else:
            made.extend(part)
    return made


def document(root: Element) -> bytes:
    """Return an element as a document in UTF-8."""
    content: bytes = ElementTree.tostring(root, "utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + content


class _Bounded(TreeBuilder):
    """Builds the tree of a document no larger than requests need.

    A few bytes of text become hundreds of bytes of memory, and take long.
    """

    def __init__(self) -> None:
        super().__init__()
        self._elements = 0
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Begin an element."""
        self._elements += 1
        self._depth += 1
        if (
            self._elements > _MOST_ELEMENTS
            or self._depth > _DEEPEST
            or len(attrs) > _MOST_ATTRIBUTES
        ):
            raise ValueError("it has more elements or attributes than any request needs")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """End an element."""
        self._depth -= 1
        return super().end(tag)


def parse(body: bytes) -> Element:
    """Read a document; names lose their namespaces.

    Raises:
        OssError: It is not XML in UTF-8, has declarations that no request needs, or more elements.
    """
    parser = XMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        if b"\0" in body:
            raise ValueError("it is not UTF-8")
        if _LONG_TAG.search(body):
            raise ValueError("a tag or a text in it is too long")
        for begin in range(0, len(body), _PIECE):
            parser.feed(body[begin : begin + _PIECE])
        root: Element = parser.close()
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise malformed_xml(f"The XML you provided is not well-formed: {error}.") from None
    for found in root.iter():
        found.tag = found.tag.rpartition("}")[2]
    return root


def text_of(parent: Element, tag: str, default: str = "") -> str:
    """Return the text of a child, or a default if there is none."""
    child = parent.find(tag)
    return default if child is None or child.text is None else child.text
