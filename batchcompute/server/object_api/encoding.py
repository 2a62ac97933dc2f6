"""Keys in answers, which a request may want URL-encoded, as XML cannot hold every character."""

from __future__ import annotations

from urllib.parse import quote
from xml.etree.ElementTree import Element

from batchcompute.server.object_api.errors import invalid_argument
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.xml import element


class KeyWriter:
    """Writes keys as the request wants them."""

    def __init__(self, request: OssRequest) -> None:
        """Read the request's `encoding-type`.

        Raises:
            OssError: It is no encoding that there is.
        """
        encoding = request.query.get("encoding-type", "")
        if encoding not in ("", "url"):
            raise invalid_argument("encoding-type must be url.", "encoding-type", encoding)
        self._encodes = encoding == "url"

    def encoding(self) -> list[Element]:
        """Return the element that says how keys are written, if they are encoded."""
        return [element("EncodingType", "url")] if self._encodes else []

    def text(self, tag: str, text: str) -> Element:
        """Return an element with a key, or with a part of one."""
        return element(tag, quote(text, safe="") if self._encodes else text)

    def prefixes(self, prefixes: list[str]) -> list[Element]:
        """Return the elements for what stands for many keys."""
        return [element("CommonPrefixes", self.text("Prefix", prefix)) for prefix in prefixes]
