"""A request of the object protocol: what it is about, and what it says."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus, unquote_to_bytes

from starlette.types import Scope

from batchcompute.server.model.caller import ANONYMOUS, Caller
from batchcompute.server.model.whole_numbers import whole_number
from batchcompute.server.object_api.errors import OssError, invalid_argument
from batchcompute.server.objects.address import LONGEST_KEY

_HOSTED = ".aliyuncs.com"


@dataclass(frozen=True, slots=True)
class OssRequest:
    """A request without its body.

    Attributes:
        method: Upper-case HTTP method.
        bucket: Name of the bucket, or "".
        key: Key of the object, or "".
        query: Parameters by name, decoded; "" for those without a value.
        headers: Lower-case names and values, decoded so that every byte is one character.
        request_id: 24 hexadecimal digits.
        host: The name that the request was sent to, with its port.
        caller: Who has signed it; nobody until that is known.
    """

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    request_id: str
    host: str
    caller: Caller = ANONYMOUS

    @staticmethod
    def read(scope: Scope, request_id: str) -> OssRequest:
        """Read a request from an ASGI scope.

        Raises:
            OssError: The key is not valid UTF-8 or too long.
        """
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name = raw_name.decode("latin-1").lower()
            value = raw_value.decode("latin-1").strip()
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        host = headers.get("host", "")
        path = unquote_to_bytes(scope["raw_path"].partition(b"?")[0])[1:]
        bucket = _bucket_of(host)
        if bucket:
            raw_bucket, raw_key = bucket.encode(), path
        else:
            raw_bucket, _, raw_key = path.partition(b"/")
        try:
            key = raw_key.decode()
        except UnicodeDecodeError:
            raise invalid_key("it is not UTF-8") from None
        if len(raw_key) > LONGEST_KEY:
            raise invalid_key(f"it is longer than {LONGEST_KEY} bytes")
        query = _parameters(scope["query_string"].decode("latin-1"))
        return OssRequest(
            scope["method"],
            raw_bucket.decode(errors="replace"),
            key,
            query,
            headers,
            request_id,
            host,
        )

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a parameter that is a whole number.

        Args:
            name: The parameter.
            default: Its value if it is absent or empty.
            least: The smallest number allowed.
            most: The largest number allowed.

        Raises:
            OssError: It is no number, or out of range.
        """
        text = self.query.get(name, "")
        if not text:
            return default
        number = whole_number(text, least, most)
        if number is None:
            message = f"{name} must be a number from {least} to {most}."
            raise invalid_argument(message, name, text)
        return number

    def is_set(self, header: str) -> bool:
        """Return whether a header says true."""
        return self.headers.get(header, "").lower() == "true"


def invalid_key(reason: str) -> OssError:
    """Return the error for a key that no object can have."""
    text = f"The specified object is not valid: {reason}."
    return OssError(400, "InvalidObjectName", text, "0026-00000015")


def _parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            found[unquote_plus(name)] = unquote_plus(value)
    return found


def _bucket_of(host: str) -> str:
    """Return the bucket that a host name names in front of the service's own, or ""."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.lower().rstrip(".")
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        pass
    else:
        return ""
    first, _, rest = name.partition(".")
    if rest == "localhost":
        return first
    if name.endswith(_HOSTED) and not first.startswith(("oss-", "s3.oss-")) and first != "oss":
        return first
    return ""
