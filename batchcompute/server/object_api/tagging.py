"""Tags of objects and buckets."""

from __future__ import annotations

from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from batchcompute.server.object_api.errors import OssError, malformed_xml
from batchcompute.server.object_api.xml import element, parse, text_of

Tags = tuple[tuple[str, str], ...]

_MOST = 10
_LONGEST_NAME = 128
_LONGEST_VALUE = 256


def tag_set(tags: Tags) -> Element:
    """Return the document that lists tags."""
    listed = [element("Tag", element("Key", name), element("Value", value)) for name, value in tags]
    return element("Tagging", element("TagSet", listed))


def tags_in(body: bytes, most: int = _MOST) -> Tags:
    """Read the document that lists tags.

    Raises:
        OssError: It is not such a document, or a tag is not allowed.
    """
    found = parse(body).find("TagSet")
    if found is None:
        raise malformed_xml("The XML you provided has no TagSet.")
    pairs = [(text_of(tag, "Key"), text_of(tag, "Value")) for tag in found.findall("Tag")]
    return _checked(pairs, most)


def tags_of_header(text: str) -> Tags:
    """Read the header `x-oss-tagging`, such as `a=1&b=2`.

    Raises:
        OssError: A tag is not allowed.
    """
    pairs = [pair.partition("=") for pair in text.split("&") if pair]
    return _checked([(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs], _MOST)


def _checked(pairs: list[tuple[str, str]], most: int) -> Tags:
    names = [name for name, _ in pairs]
    if len(pairs) > most:
        raise _invalid(f"there are more than {most} tags")
    if len(set(names)) != len(names):
        raise _invalid("a tag stands there twice")
    for name, value in pairs:
        if not 0 < len(name) <= _LONGEST_NAME or len(value) > _LONGEST_VALUE:
            raise _invalid(
                f"a name has 1 to {_LONGEST_NAME} characters and a value at most {_LONGEST_VALUE}"
            )
    return tuple(pairs)


def _invalid(reason: str) -> OssError:
    return OssError(400, "InvalidTag", f"The tags are not valid: {reason}.", "0026-00000048")
