"""Requests as bytes, the way real programs put them onto the wire."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import uuid
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from tests.emulator.wire import Wire, sign


@dataclass(frozen=True)
class Answer:
    """What came back, as bytes.

    Attributes:
        status: HTTP status.
        headers: Names as they were sent, and values.
        body: The body.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Habits:
    """How a client writes its requests.

    Attributes:
        name: The client.
        content_type: Sent with every request.
        md5: "Content-MD5" (base64, signed, always), "contentMd5" (hexadecimal, with a body), or "".
        indent: Of its JSON; None for compact.
        extra: More headers.
        key_headers: Names of the headers that repeat the id of the access key.
        nonce: Whether it sends one.
        date: Name of the header that it writes the date into.
    """

    name: str
    content_type: str
    md5: str
    indent: int | None = None
    extra: dict[str, str] = field(default_factory=dict)
    key_headers: tuple[str, ...] = ("x-acs-access-key-id",)
    nonce: bool = True
    date: str = "Date"

    def body(self, body: Any) -> bytes:
        """Write a body the way this client does."""
        if body is None:
            return b""
        separators = (",", ":") if self.indent is None else None
        return json.dumps(body, indent=self.indent, separators=separators).encode()


PYTHON = Habits("python", "application/json", "contentMd5", 4, {"x-acs-region-id": "cn-qingdao"})
COMMAND_LINE = Habits(
    "command line",
    "application/json",
    "contentMd5",
    4,
    {
        "x-acs-region-id": "cn-qingdao",
        "x-client-name": "batchcompute-cli",
        "x-client-version": "1.7.7",
        "Connection": "close",
    },
)
JAVA = Habits(
    "java",
    "application/x-www-form-urlencoded",
    "Content-MD5",
    None,
    {
        "RegionId": "cn-qingdao",
        "x-acs-source-ip": "127.0.0.1",
        "x-acs-secure-transport": "false",
    },
    ("x-acs-access-key-id", "x-acs-accesskey-id"),
)


#: As it was before 2021.
OLD_JAVA = Habits(
    "old java",
    "application/octet-stream",
    "Content-MD5",
    key_headers=("x-acs-accesskey-id",),
    nonce=False,
)
JAVASCRIPT = Habits("javascript", "text/plain", "", key_headers=(), nonce=False, date="x-acs-date")

EVERYBODY = (PYTHON, COMMAND_LINE, JAVA, OLD_JAVA, JAVASCRIPT)


class RawClient:
    """Sends requests over connections of their own, as these programs do."""

    def __init__(self, wire: Wire, habits: Habits) -> None:
        self.wire = wire
        self.habits = habits

    def send(self, method: str, target: str, body: Any = None) -> Answer:
        """Send a request; a body that is no bytes is written by the habits."""
        habits = self.habits
        content = body if isinstance(body, bytes) else habits.body(body)
        headers = {
            "Accept": "application/json",
            "Content-Type": habits.content_type,
            habits.date: formatdate(usegmt=True),
            "x-acs-version": "2015-11-11",
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-version": "1.0",
            **dict.fromkeys(habits.key_headers, self.wire.key_id),
            **habits.extra,
        }
        if habits.nonce:
            headers["x-acs-signature-nonce"] = str(uuid.uuid1())
        digest = hashlib.md5(content)
        if habits.md5 == "Content-MD5":
            headers["Content-MD5"] = base64.b64encode(digest.digest()).decode()
        headers["Authorization"] = sign(method, target, headers, self.wire.key_id, self.wire.secret)
        if habits.md5 == "contentMd5" and content:
            headers["contentMd5"] = digest.hexdigest()
        headers["Host"] = "batchcompute.cn-qingdao.aliyuncs.com"
        headers["Content-Length"] = str(len(content))
        lines = [f"{method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return exchange(self.wire, "\r\n".join([*lines, "", ""]).encode() + content)


def address(wire: Wire) -> tuple[str, int]:
    """Return where a client's server listens."""
    parts = urlsplit(str(wire.http.base_url))
    return parts.hostname or "", parts.port or 80


def exchange(wire: Wire, request: bytes) -> Answer:
    """Send bytes on a connection of their own, and read the one answer."""
    with socket.create_connection(address(wire), timeout=60) as link:
        # A server that has read enough may have answered and gone while this is still writing.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            link.sendall(request)
        with link.makefile("rb") as stream:
            status = stream.readline().split(b" ")
            headers: dict[str, str] = {}
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.decode("latin-1").partition(":")
                headers[name] = value.strip()
            length = int({k.lower(): v for k, v in headers.items()}.get("content-length", "0"))
            body = b"" if request.startswith(b"HEAD ") else stream.read(length)
            return Answer(int(status[1]), headers, body)
