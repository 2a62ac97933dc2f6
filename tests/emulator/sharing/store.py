"""A caller of the object protocol, who signs each request as version 1 asks for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate

import httpx

#: Parameters that the signature covers.
_SIGNED = (
    *("acl", "append", "bucketInfo", "delete", "live", "location", "objectMeta", "position"),
    *("stat", "symlink", "tagging", "uploadId", "uploads", "versions", "partNumber", "versioning"),
)


@dataclass
class Store:
    """One caller of the object protocol."""

    http: httpx.Client
    key_id: str
    secret: str
    token: str = ""

    def send(
        self,
        method: str,
        path: str,
        content: bytes | Iterator[bytes] = b"",
        *,
        copy_source: str = "",
        acl: str = "",
        bucket_acl: str = "",
        link_to: str = "",
        late: float = 0,
    ) -> httpx.Response:
        """Send a request, with a date that is so many seconds from now."""
        bare, _, query = path.partition("?")
        parts = sorted(
            part.removesuffix("=") for part in query.split("&") if part.partition("=")[0] in _SIGNED
        )
        resource = bare + (f"?{'&'.join(parts)}" if parts else "")
        date = formatdate(time.time() + late, usegmt=True)
        said = {
            "x-oss-copy-source": copy_source,
            "x-oss-object-acl": acl,
            "x-oss-acl": bucket_acl,
            "x-oss-security-token": self.token,
            "x-oss-symlink-target": link_to,
        }
        extra = {name: value for name, value in said.items() if value}
        lines = [f"{name}:{value}\n" for name, value in sorted(extra.items())]
        signature = self._sign(f"{method}\n\n\n{date}\n{''.join(lines)}{resource}")
        return self.http.request(
            method,
            path,
            content=content,
            headers={
                "Date": date,
                "Authorization": f"OSS {self.key_id}:{signature}",
                **extra,
            },
        )

    def link(self, path: str, seconds: int) -> httpx.URL:
        """Return a link to an object that is good for some time."""
        until = str(int(time.time()) + seconds)
        signature = self._sign(f"GET\n\n\n{until}\n{path}?security-token={self.token}")
        return self.http.base_url.join(path).copy_merge_params(
            {
                "OSSAccessKeyId": self.key_id,
                "Expires": until,
                "Signature": signature,
                "security-token": self.token,
            }
        )

    def _sign(self, text: str) -> str:
        digest = hmac.new(self.secret.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()
