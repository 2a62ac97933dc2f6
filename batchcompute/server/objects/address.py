"""`oss://bucket/key` addresses, and which of them are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from batchcompute.server.objects.errors import InvalidAddressError

_SCHEME = "oss://"
# The service allows 3 to 63 lower-case letters, digits and "-". Test data is often less strict, so
# this is wider, but a name always starts with a letter or digit: "." and ".." are no buckets, and
# names that start with a dot are left to the stores for files of their own.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_KEY = 1023
_LONGEST_SEGMENT = 255


@dataclass(frozen=True, slots=True)
class OssAddress:
    """One bucket and key. An empty key, or one that ends in "/", names a directory.

    Attributes:
        bucket: Name of the bucket.
        key: Key of the object without a leading slash.
    """

    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> OssAddress:
        """Read an address.

        Keys are those of OSS, less what no folder could hold or what could leave it: segments that
        are empty, "." or "..", backslashes, control characters, text that is not valid Unicode.

        Args:
            text: `oss://bucket/key`; the key may be empty.

        Returns:
            The address, whose text form is the text given (plus the slash after a bare bucket).

        Raises:
            InvalidAddressError: It is not such an address.
        """
        if not text.startswith(_SCHEME):
            raise InvalidAddressError(text, f"an address starts with {_SCHEME!r}")
        bucket, _, key = text[len(_SCHEME) :].partition("/")
        if not _BUCKET.fullmatch(bucket):
            raise InvalidAddressError(
                text,
                f"{bucket!r} is no bucket name: 1 to 63 letters, digits, '-', '_' and '.', "
                "starting with a letter or digit",
            )
        if key:
            _check_key(text, key)
        return cls(bucket, key)

    @classmethod
    def parse_object(cls, text: str) -> OssAddress:
        """Read the address of an object, which unlike that of a directory has a last segment.

        Args:
            text: `oss://bucket/key`.

        Returns:
            The address.

        Raises:
            InvalidAddressError: It is no address, or that of a directory.
        """
        address = cls.parse(text)
        if address.is_directory:
            raise InvalidAddressError(text, "this names a directory, and an object is needed")
        return address

    @property
    def is_directory(self) -> bool:
        """True if this names a directory rather than one object."""
        return not self.key or self.key.endswith("/")

    @property
    def name(self) -> str:
        """The last segment of the key; "" for a directory."""
        return self.key.rpartition("/")[2]

    def __str__(self) -> str:
        """Return the `oss://` text."""
        return f"{_SCHEME}{self.bucket}/{self.key}"


def _check_key(text: str, key: str) -> None:
    try:
        encoded = key.encode()
    except UnicodeEncodeError:
        raise InvalidAddressError(text, "the key is not valid Unicode") from None
    if len(encoded) > LONGEST_KEY:
        raise InvalidAddressError(text, f"the key is longer than {LONGEST_KEY} bytes in UTF-8")
    if "\\" in key or _CONTROL.search(key):
        raise InvalidAddressError(text, "the key holds a backslash or a control character")
    for segment in key.removesuffix("/").split("/"):
        if segment in ("", ".", ".."):
            raise InvalidAddressError(text, f"the key has the segment {segment!r}")
        if len(segment.encode()) > _LONGEST_SEGMENT:
            raise InvalidAddressError(
                text, f"a segment of the key is longer than {_LONGEST_SEGMENT} bytes in UTF-8"
            )


def is_plain_segment(segment: str) -> bool:
    """Return whether a part of a key between slashes can be the name of a file or folder."""
    if segment in ("", ".", "..") or "\\" in segment or _CONTROL.search(segment):
        return False
    try:
        return len(segment.encode()) <= _LONGEST_SEGMENT
    except UnicodeEncodeError:
        return False


def is_bucket_name(name: str) -> bool:
    """Return whether a bucket can have this name here, which is more than OSS allows."""
    return _BUCKET.fullmatch(name) is not None
