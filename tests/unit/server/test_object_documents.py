"""What requests of the object protocol say in numbers and documents, and how much of it."""

from __future__ import annotations

from typing import Any

import pytest

from batchcompute.server.object_api import xml
from batchcompute.server.object_api.errors import OssError
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.xml import parse

_PART = b'<Part><PartNumber>1</PartNumber><ETag>"5D41402ABC4B2A76B9719D911017C592"</ETag></Part>'

_HUGE = {
    "elements": b"<D>" + b"<a/>" * 400_000 + b"</D>",
    "one in another": b"<a>" * 1_000_000 + b"</a>" * 1_000_000,
    "attributes of one": b"<a " + b" ".join(b"x%d=''" % each for each in range(700_000)) + b"/>",
    "name spaces": b"<a " + b" ".join(b"xmlns:x%d='b'" % each for each in range(400_000)) + b"/>",
    "attributes": b"<D>" + (b"<a " + b" ".join(b"x%d=''" % each for each in range(5000)) + b"/>"),
}


@pytest.mark.parametrize("body", _HUGE.values(), ids=list(_HUGE))
def test_document_of_more_than_a_request_needs_is_not_built(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each of these took seconds, in which nothing else of the service had a turn, and memory of
    # hundreds of MB.
    built = 0

    class Counting(xml._Bounded):
        def start(self, tag: str, attrs: dict[str, str], /) -> Any:
            nonlocal built
            built += 1 + len(attrs)
            return super().start(tag, attrs)

    monkeypatch.setattr(xml, "_Bounded", Counting)
    with pytest.raises(OssError) as caught:
        parse(body)
    assert caught.value.code == "MalformedXML"
    assert built <= 200_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_document_in_another_encoding_is_none(encoding: str) -> None:
    # Its long tags would be found by other bytes than those of UTF-8.
    with pytest.raises(OssError):
        parse(f'<?xml version="1.0" encoding="{encoding[:6]}"?><D/>'.encode(encoding))


def test_largest_upload_can_be_completed() -> None:
    body = b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n<C xmlns='http://doc'>"
    assert len(parse(body + _PART * 10_000 + b"</C>").findall("Part")) == 10_000


@pytest.mark.parametrize("text", ["9" * 5000, "1001", "-1", "\u0661", "1e3"])
def test_parameter_that_is_no_number_of_its_range(text: str) -> None:
    request = OssRequest("GET", "b", "", {"max-keys": text}, {}, "", "host")
    with pytest.raises(OssError) as caught:
        request.number("max-keys", 100, 0, 1000)
    assert caught.value.code == "InvalidArgument"
