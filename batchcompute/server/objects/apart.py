"""Objects that lie apart from the folders of their buckets, for who has no whole library open."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from batchcompute.server.objects import durable
from batchcompute.server.objects.folder import APART
from batchcompute.server.objects.index import Identity, ObjectIndex, Row
from batchcompute.server.objects.library import INDEX, compute


class ApartObjects:
    """Finds and writes them. The index is opened for each call."""

    def __init__(self, root: Path) -> None:
        """Name the folder of all objects; nothing is opened."""
        self._root = root

    def path(self, bucket: str, key: str) -> Path | None:
        """Return the file of an object, or None if it does not lie apart."""
        with closing(self._index()) as index:
            places = [row.place for row in index.rows(bucket, key) if row.place]
        return self._root / APART / places[0] if places else None

    def put(self, temporary: Path, bucket: str, key: str) -> None:
        """Make a finished file an object that lies apart; the file is gone afterwards."""
        folder = self._root / APART
        folder.mkdir(exist_ok=True, mode=0o700)
        descriptor = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
        try:
            identity = Identity.of(os.fstat(descriptor))
            record = compute(key, descriptor, identity)
        finally:
            os.close(descriptor)
        place = os.urandom(16).hex()
        durable.publish(temporary, folder / place)
        with closing(self._index()) as index:
            old = index.rows(bucket, key)
            index.replace(bucket, Row(record, place, identity))
        for row in old:
            if row.place:
                (folder / row.place).unlink(missing_ok=True)

    def delete(self, bucket: str, key: str) -> None:
        """Remove the object of a key that lies apart, if there is one."""
        with closing(self._index()) as index:
            places = [row.place for row in index.rows(bucket, key) if row.place]
            if places:
                index.forget_kept(bucket, key)
        for place in places:
            (self._root / APART / place).unlink(missing_ok=True)

    def _index(self) -> ObjectIndex:
        return ObjectIndex(self._root / INDEX)
