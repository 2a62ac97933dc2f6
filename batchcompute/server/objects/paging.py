"""Pages of the keys of a bucket, with prefixes and delimiters."""

from __future__ import annotations

from dataclasses import dataclass

from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.records import ObjectRecord


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    Attributes:
        records: The objects, in the order of their keys.
        prefixes: What stands for the keys up to a delimiter.
        last: The last key or prefix of the page, if there is more behind it; "" otherwise.
    """

    records: list[ObjectRecord]
    prefixes: list[str]
    last: str


def page_of(
    library: ObjectLibrary, bucket: str, prefix: str, delimiter: str, after: str, limit: int
) -> Page:
    """Return a page of the keys of a bucket.

    Args:
        library: The objects.
        bucket: The bucket.
        prefix: Only keys that start with it.
        delimiter: Keys with it behind the prefix are listed once, up to it; "" lists each.
        after: Only keys and prefixes behind this one.
        limit: Keys and prefixes at the most.

    Raises:
        NoSuchBucketError: There is no such bucket.
    """
    start = f"{after}\0".encode() if after else b""
    keys: list[str] = []
    prefixes: list[str] = []
    last = ""
    for raw in library.keys(bucket, prefix, start, folders=delimiter == "/"):
        key = raw.decode()
        shown = key
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at >= 0:
            shown = key[: at + len(delimiter)]
            if shown.encode() <= after.encode() or (prefixes and prefixes[-1] == shown):
                continue
        if len(keys) + len(prefixes) == limit:
            return Page(_records(library, bucket, keys), prefixes, last)
        (keys if at < 0 else prefixes).append(shown)
        last = shown
    return Page(_records(library, bucket, keys), prefixes, "")


def _records(library: ObjectLibrary, bucket: str, keys: list[str]) -> list[ObjectRecord]:
    found = library.records(bucket, keys)
    return [found[key] for key in keys if key in found]
