"""Where a copy comes from, as its header says it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from batchcompute.server.object_api.errors import OssError, invalid_argument
from batchcompute.server.object_api.request import OssRequest, invalid_key


@dataclass(frozen=True, slots=True)
class Source:
    """Where a copy comes from."""

    bucket: str
    key: str


def source_of(request: OssRequest) -> Source:
    """Return where the header of a copy says that it comes from.

    Raises:
        OssError: It names no object.
    """
    text = request.headers["x-oss-copy-source"]
    path, _, query = text.partition("?")
    if query and query != "versionId=null":
        raise no_version()
    try:
        name = unquote_to_bytes(path.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise invalid_key("it is not UTF-8") from None
    bucket, _, key = name.removeprefix("/").partition("/")
    if not bucket or not key:
        message = "A source is written /bucket/key."
        raise invalid_argument(message, "x-oss-copy-source", text)
    return Source(bucket, key)


def no_version() -> OssError:
    """Return the error for a version other than the one that every object has, `null`."""
    text = "The specified version does not exist: versioning is not served here."
    return OssError(404, "NoSuchVersion", text, "0026-00000051")
