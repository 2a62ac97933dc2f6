"""Why the object library refuses something."""

from __future__ import annotations


class LibraryError(Exception):
    """Something about a bucket, an object or an upload cannot be done.

    Attributes:
        what: The name, key or id in question.
    """

    def __init__(self, what: str) -> None:
        """Name what it is about."""
        super().__init__(what)
        self.what = what


class NoSuchBucketError(LibraryError):
    """There is no bucket of this name."""


class BucketExistsError(LibraryError):
    """There is a bucket of this name already."""


class BucketNotEmptyError(LibraryError):
    """The bucket still holds objects or parts of uploads."""


class NoSuchObjectError(LibraryError):
    """There is no object of this key."""


class ObjectExistsError(LibraryError):
    """There is an object of this key already, and it must not be overwritten."""


class NoSuchUploadError(LibraryError):
    """There is no upload of this id."""


class PartError(LibraryError):
    """The parts named for completion are not those that were uploaded."""


class PartOrderError(LibraryError):
    """The parts named for completion are not in ascending order."""


class PartTooSmallError(LibraryError):
    """A part that is not the last is smaller than the protocol allows."""


class NotAppendableError(LibraryError):
    """The object was not made by appending."""


class PositionError(LibraryError):
    """The object does not end where the caller wants to append.

    Attributes:
        length: Where it ends, in bytes.
    """

    def __init__(self, what: str, length: int) -> None:
        """Name the key and the length of the object."""
        super().__init__(what)
        self.length = length
