"""Records of buckets, objects and uploads: everything but their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: How an object came to be.
Kind = Literal["Normal", "Multipart", "Appendable", "Symlink"]

DEFAULT_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket.

    Attributes:
        name: Its name.
        created_at: Seconds since the epoch, UTC.
        acl: Who may read and write without a key.
        storage_class: As its owner named it; all classes are kept alike.
        tags: Names and values.
    """

    name: str
    created_at: float
    acl: str = "private"
    storage_class: str = "Standard"
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes that the writer of an object gives it.

    Attributes:
        headers: Lower-case names and values that are sent with the object: `content-type`,
            `cache-control`, `x-oss-meta-…` and the like.
        acl: Who may read it without a key.
        storage_class: As the writer named it.
        tags: Names and values.
        target: Key that a symbolic link of the protocol points to; "" for any other object.
    """

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    acl: str = "default"
    storage_class: str = "Standard"
    tags: tuple[tuple[str, str], ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    """An object without its bytes.

    Attributes:
        key: Its key.
        size: Length in bytes.
        modified_at: Seconds since the epoch, UTC.
        etag: Digest of the content, upper-case hexadecimal, without quotes.
        crc64: CRC-64 of the content.
        kind: How it came to be.
        attributes: What its writer said of it.
    """

    key: str
    size: int
    modified_at: float
    etag: str
    crc64: int
    kind: Kind
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload in parts that is neither completed nor aborted.

    Attributes:
        upload_id: Its id.
        bucket: The bucket.
        key: Key of the object that it will be.
        initiated_at: Seconds since the epoch, UTC.
        attributes: What is said of the object.
    """

    upload_id: str
    bucket: str
    key: str
    initiated_at: float
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload.

    Attributes:
        number: 1 to 10000.
        size: Length in bytes.
        etag: MD5 of the content, upper-case hexadecimal, without quotes.
        crc64: CRC-64 of the content.
        modified_at: Seconds since the epoch, UTC.
        file: Name of the file that holds it.
    """

    number: int
    size: int
    etag: str
    crc64: int
    modified_at: float
    file: str
