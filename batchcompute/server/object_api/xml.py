"""XML documents of the protocol."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from batchcompute.server.object_api.errors import malformed_xml

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


def parse(body: bytes) -> Element:
    """Read a document; names lose their namespaces.

    Raises:
        OssError: It is not XML, or has declarations that no request needs.
    """
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise malformed_xml(f"The XML you provided is not well-formed: {error}.") from None
    for found in root.iter():
        found.tag = found.tag.rpartition("}")[2]
    return root


def text_of(parent: Element, tag: str, default: str = "") -> str:
    """Return the text of a child, or a default if there is none."""
    child = parent.find(tag)
    return default if child is None or child.text is None else child.text
