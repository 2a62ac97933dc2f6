"""The index of objects: everything but their bytes, in one SQLite file.

A row of an object names the file that it describes (inode, time of modification, size). So a row
is written before its file gets its name, and a crash in between changes nothing: readers take the
row that fits the file they opened. A file without a fitting row was dropped there by somebody else.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from batchcompute.server.objects.records import Attributes, Bucket, Kind, ObjectRecord, Part, Upload

_SCHEMA = """
create table if not exists buckets (
    name text primary key, created_at real not null, acl text not null,
    storage_class text not null, tags text not null
) without rowid;
create table if not exists objects (
    bucket text not null, key text not null, place text not null, inode integer not null,
    mtime_ns integer not null, size integer not null, etag text not null, crc64 text not null,
    kind text not null, attributes text not null,
    primary key (bucket, key, place, inode, mtime_ns)
) without rowid;
create table if not exists appends (
    bucket text not null, key text not null, place text not null, inode integer not null,
    mtime_ns integer not null, primary key (bucket, key)
) without rowid;
create index if not exists kept on objects (bucket, key) where place != '';
create table if not exists uploads (
    upload_id text primary key, bucket text not null, key text not null,
    initiated_at real not null, attributes text not null
) without rowid;
create index if not exists uploads_of_bucket on uploads (bucket, key, upload_id);
create table if not exists parts (
    upload_id text not null, number integer not null, size integer not null, etag text not null,
    crc64 text not null, modified_at real not null, file text not null,
    primary key (upload_id, number)
) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Tells a file from every other that had or will have its name.

    Attributes:
        inode: Number of its inode.
        mtime_ns: Time of its last modification, nanoseconds since the epoch.
        size: Length in bytes.
    """

    inode: int
    mtime_ns: int
    size: int

    @staticmethod
    def of(status: os.stat_result) -> Identity:
        """Return the identity of a file from its status."""
        return Identity(status.st_ino, status.st_mtime_ns, status.st_size)


@dataclass(frozen=True, slots=True)
class Row:
    """A remembered object.

    Attributes:
        record: What is known of it.
        place: Name of its file among those that lie apart from the buckets' folders; "" for one
            that lies under its key.
        identity: The file that this describes.
    """

    record: ObjectRecord
    place: str
    identity: Identity


class ObjectIndex:
    """The SQLite file. Threads may share one; what a method wrote is durable when it returns.

    It is opened when it is first needed: a service whose objects are on a disk that is full or away
    starts all the same.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when it is first needed."""
        self._path = path
        self._writing = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._opened: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file."""
        with self._writing:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
        while self._idle:
            self._idle.pop().close()

    # -- buckets ------------------------------------------------------------------------------

    def buckets(self) -> dict[str, Bucket]:
        """Return what is remembered of buckets, by name."""
        with self._reading() as connection:
            rows = connection.execute("select * from buckets")
            return {row["name"]: _bucket(row) for row in rows}

    def bucket(self, name: str) -> Bucket | None:
        """Return what is remembered of one bucket, if anything."""
        with self._reading() as connection:
            row = connection.execute("select * from buckets where name = ?", (name,)).fetchone()
            return None if row is None else _bucket(row)

    def put_bucket(self, bucket: Bucket) -> None:
        """Remember a bucket, in place of what was remembered."""
        values = (
            bucket.name,
            bucket.created_at,
            bucket.acl,
            bucket.storage_class,
            json.dumps(bucket.tags),
        )
        with self._transaction() as connection:
            connection.execute("replace into buckets values (?, ?, ?, ?, ?)", values)

    def delete_bucket(self, name: str) -> None:
        """Forget a bucket and whatever was remembered of objects in it."""
        with self._transaction() as connection:
            connection.execute("delete from buckets where name = ?", (name,))
            connection.execute("delete from objects where bucket = ?", (name,))

    # -- objects ------------------------------------------------------------------------------

    def rows(self, bucket: str, key: str) -> list[Row]:
        """Return the rows of one key: of its file, and of one that is about to replace it."""
        with self._reading() as connection:
            found = connection.execute(
                "select * from objects where bucket = ? and key = ?", (bucket, key)
            )
            return [_row(row) for row in found]

    def rows_between(self, bucket: str, first: str, last: str) -> dict[str, list[Row]]:
        """Return the rows of all keys from `first` to `last`, by key."""
        found: dict[str, list[Row]] = {}
        with self._reading() as connection:
            for row in connection.execute(
                "select * from objects where bucket = ? and key between ? and ?",
                (bucket, first, last),
            ):
                found.setdefault(row["key"], []).append(_row(row))
        return found

    def kept_keys(self, bucket: str, start: str, *, inclusive: bool) -> Iterator[str]:
        """Yield, in order, the keys that lie apart from the bucket's folder, from one on."""
        operator = ">=" if inclusive else ">"
        while True:
            with self._reading() as connection:
                keys = [
                    row["key"]
                    for row in connection.execute(
                        f"select key from objects where bucket = ? and place != '' "
                        f"and key {operator} ? order by key limit 1000",
                        (bucket, start),
                    )
                ]
            yield from keys
            if len(keys) < 1000:
                return
            start, operator = keys[-1], ">"

    def add(self, bucket: str, row: Row, current: Identity | None) -> None:
        """Remember an object under its key that is about to get its name.

        Args:
            bucket: The bucket.
            row: The object.
            current: The file that has the name until then, whose row is kept.
        """
        key = row.record.key
        with self._transaction() as connection:
            if current is None:
                connection.execute(
                    "delete from objects where bucket = ? and key = ? and place = ''", (bucket, key)
                )
            else:
                connection.execute(
                    "delete from objects where bucket = ? and key = ? and place = '' "
                    "and not (inode = ? and mtime_ns = ?)",
                    (bucket, key, current.inode, current.mtime_ns),
                )
            _insert(connection, bucket, row)

    def add_found(self, bucket: str, rows: Sequence[Row]) -> None:
        """Remember what was found out of files that nobody has said anything of."""
        with self._transaction() as connection:
            for row in rows:
                _insert(connection, bucket, row)

    def begin_append(self, bucket: str, row: Row) -> None:
        """Remember that the file of an object is about to grow."""
        file = (row.place, row.identity.inode, row.identity.mtime_ns)
        with self._transaction() as connection:
            connection.execute(
                "replace into appends values (?, ?, ?, ?, ?)", (bucket, row.record.key, *file)
            )

    def end_append(self, bucket: str, key: str, row: Row | None) -> None:
        """Remember what the object is now, or with None that it is what it was."""
        with self._transaction() as connection:
            if row is not None:
                connection.execute(
                    "delete from objects where bucket = ? and key = ? and place = ?",
                    (bucket, key, row.place),
                )
                _insert(connection, bucket, row)
            connection.execute("delete from appends where bucket = ? and key = ?", (bucket, key))

    def broken_appends(self) -> list[tuple[str, str]]:
        """Return bucket and key of the objects whose append was begun and not ended."""
        with self._reading() as connection:
            rows = connection.execute("select bucket, key from appends")
            return [(row["bucket"], row["key"]) for row in rows]

    def broken_append(self, bucket: str, key: str) -> Row | None:
        """Return an object as it was before an append that was begun and not ended."""
        with self._reading() as connection:
            found = connection.execute(
                "select objects.* from appends join objects using "
                "(bucket, key, place, inode, mtime_ns) where bucket = ? and key = ?",
                (bucket, key),
            ).fetchone()
            return None if found is None else _row(found)

    def replace(self, bucket: str, row: Row) -> None:
        """Remember an object, and forget whatever else was remembered of its key."""
        with self._transaction() as connection:
            connection.execute(
                "delete from objects where bucket = ? and key = ?", (bucket, row.record.key)
            )
            _insert(connection, bucket, row)

    def forget(self, bucket: str, key: str) -> None:
        """Forget a key."""
        with self._transaction() as connection:
            connection.execute("delete from objects where bucket = ? and key = ?", (bucket, key))

    def forget_kept(self, bucket: str, key: str) -> None:
        """Forget the object of a key that lies apart from the bucket's folder."""
        with self._transaction() as connection:
            connection.execute(
                "delete from objects where bucket = ? and key = ? and place != ''", (bucket, key)
            )

    def has_kept(self, bucket: str) -> bool:
        """Return whether any object of a bucket lies apart from its folder."""
        with self._reading() as connection:
            text = "select 1 from objects where bucket = ? and place != '' limit 1"
            return connection.execute(text, (bucket,)).fetchone() is not None

    def size_apart(self, bucket: str) -> int:
        """Return the bytes of those objects of a bucket that lie apart from its folder."""
        with self._reading() as connection:
            text = "select sum(size) from objects where bucket = ? and place != ''"
            return int(connection.execute(text, (bucket,)).fetchone()[0] or 0)

    def size_of_parts(self, bucket: str) -> int:
        """Return the bytes of the parts of all uploads into a bucket that are not complete."""
        with self._reading() as connection:
            text = (
                "select sum(size) from parts where upload_id in "
                "(select upload_id from uploads where bucket = ?)"
            )
            return int(connection.execute(text, (bucket,)).fetchone()[0] or 0)

    def count_uploads(self, bucket: str) -> int:
        """Return how many uploads into a bucket are not complete."""
        with self._reading() as connection:
            text = "select count(*) from uploads where bucket = ?"
            return int(connection.execute(text, (bucket,)).fetchone()[0])

    def rows_of_kind(self, kind: Kind) -> list[tuple[str, Row]]:
        """Return all objects of a kind, each with its bucket."""
        with self._reading() as connection:
            rows = connection.execute("select * from objects where kind = ?", (kind,))
            return [(row["bucket"], _row(row)) for row in rows]

    def follow(self, identity: Callable[[str, str, str], Identity | None]) -> None:
        """Take copies of the files for them, if they have the same length and time.

        Args:
            identity: Returns what tells the file of a bucket, a key and a place from others; None
                if there is none.
        """
        with self._transaction() as connection:
            rows = connection.execute(
                "select bucket, key, place, inode, mtime_ns, size from objects"
            )
            for row in rows.fetchall():
                key = (row["bucket"], row["key"], row["place"])
                found = identity(*key)
                if found is None or (found.mtime_ns, found.size) != (row["mtime_ns"], row["size"]):
                    continue
                connection.execute(
                    "update or replace objects set inode = ? "
                    "where bucket = ? and key = ? and place = ? and inode = ? and mtime_ns = ?",
                    (found.inode, *key, row["inode"], row["mtime_ns"]),
                )

    def places(self) -> set[str]:
        """Return the names of all files that lie apart from the buckets' folders."""
        with self._reading() as connection:
            rows = connection.execute("select place from objects where place != ''")
            return {row["place"] for row in rows}

    # -- uploads ------------------------------------------------------------------------------

    def put_upload(self, upload: Upload) -> None:
        """Remember an upload."""
        values = (
            upload.upload_id,
            upload.bucket,
            upload.key,
            upload.initiated_at,
            _attributes_text(upload.attributes),
        )
        with self._transaction() as connection:
            connection.execute("insert into uploads values (?, ?, ?, ?, ?)", values)

    def upload(self, upload_id: str) -> Upload | None:
        """Return an upload, if it is there."""
        with self._reading() as connection:
            row = connection.execute(
                "select * from uploads where upload_id = ?", (upload_id,)
            ).fetchone()
            return None if row is None else _upload(row)

    def uploads(self, bucket: str, key: str, upload_id: str, limit: int) -> list[Upload]:
        """Return uploads of a bucket behind a key and an id, in their order."""
        with self._reading() as connection:
            rows = connection.execute(
                "select * from uploads where bucket = ? and (key, upload_id) > (?, ?) "
                "order by key, upload_id limit ?",
                (bucket, key, upload_id, limit),
            )
            return [_upload(row) for row in rows]

    def upload_ids(self) -> set[str]:
        """Return the ids of all uploads."""
        with self._reading() as connection:
            return {row["upload_id"] for row in connection.execute("select upload_id from uploads")}

    def forget_upload(self, upload_id: str) -> None:
        """Forget an upload and its parts."""
        with self._transaction() as connection:
            connection.execute("delete from uploads where upload_id = ?", (upload_id,))
            connection.execute("delete from parts where upload_id = ?", (upload_id,))

    def put_part(self, upload_id: str, part: Part) -> str | None:
        """Remember a part, in place of the one with its number.

        Returns:
            Name of the file of the part that was replaced, or None.
        """
        values = (
            upload_id,
            part.number,
            part.size,
            part.etag,
            str(part.crc64),
            part.modified_at,
            part.file,
        )
        with self._transaction() as connection:
            old = connection.execute(
                "select file from parts where upload_id = ? and number = ?",
                (upload_id, part.number),
            ).fetchone()
            connection.execute("replace into parts values (?, ?, ?, ?, ?, ?, ?)", values)
            return None if old is None else str(old["file"])

    def parts(self, upload_id: str) -> list[Part]:
        """Return the parts of an upload, in the order of their numbers."""
        with self._reading() as connection:
            rows = connection.execute(
                "select * from parts where upload_id = ? order by number", (upload_id,)
            )
            return [
                Part(
                    row["number"],
                    row["size"],
                    row["etag"],
                    int(row["crc64"]),
                    row["modified_at"],
                    row["file"],
                )
                for row in rows
            ]

    # -- connections --------------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=60, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        return connection

    def _writer(self) -> sqlite3.Connection:
        """Return the connection that writes; whoever calls this holds the lock."""
        if self._opened is None:
            connection = self._connect()
            try:
                connection.executescript(_SCHEMA)
            except BaseException:
                connection.close()
                raise
            self._opened = connection
        return self._opened

    @contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            with self._writing:
                self._writer()
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._writing:
            writer = self._writer()
            writer.execute("begin immediate")
            try:
                yield writer
                writer.execute("commit")
            except BaseException:
                if writer.in_transaction:
                    writer.execute("rollback")
                raise


def _insert(connection: sqlite3.Connection, bucket: str, row: Row) -> None:
    record = row.record
    connection.execute(
        "replace into objects values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            bucket,
            record.key,
            row.place,
            row.identity.inode,
            row.identity.mtime_ns,
            record.size,
            record.etag,
            str(record.crc64),
            record.kind,
            _attributes_text(record.attributes),
        ),
    )


def _bucket(row: sqlite3.Row) -> Bucket:
    return Bucket(
        row["name"], row["created_at"], row["acl"], row["storage_class"], _tags(row["tags"])
    )


def _row(row: sqlite3.Row) -> Row:
    return Row(
        ObjectRecord(
            row["key"],
            row["size"],
            row["mtime_ns"] / 1e9,
            row["etag"],
            int(row["crc64"]),
            cast("Kind", row["kind"]),
            _attributes(row["attributes"]),
        ),
        row["place"],
        Identity(row["inode"], row["mtime_ns"], row["size"]),
    )


def _upload(row: sqlite3.Row) -> Upload:
    attributes = _attributes(row["attributes"])
    return Upload(row["upload_id"], row["bucket"], row["key"], row["initiated_at"], attributes)


def _attributes_text(attributes: Attributes) -> str:
    content = {
        "headers": dict(attributes.headers),
        "acl": attributes.acl,
        "storage_class": attributes.storage_class,
        "tags": attributes.tags,
        "target": attributes.target,
    }
    return json.dumps(content, separators=(",", ":"))


def _attributes(text: str) -> Attributes:
    content: dict[str, Any] = json.loads(text)
    return Attributes(
        content["headers"],
        content["acl"],
        content["storage_class"],
        _pairs(content["tags"]),
        content["target"],
    )


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    return _pairs(json.loads(text))


def _pairs(pairs: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs)
