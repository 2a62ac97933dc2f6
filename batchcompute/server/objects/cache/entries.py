"""The files of a cache: what an entry is called, what is known of it, whether it is still good.

An entry is two files. `NAME.json` says what was fetched, and its time is that of the last use.
`NAME` is the object, which is never written to. While it is fetched it is `NAME.SIZE.part`, locked
by whoever fetches it: the lock ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from batchcompute.server.model.boot import boot_id

#: Who may do what with an entry: nobody may write to it, and all of it can be executed, as what
#: is on a mount of the hosted service.
MODE = 0o555

#: What a file is called that is being fetched, and its mode while room is taken for it.
ABOUT, PART = ".json", ".part"
PART_WITHOUT_ROOM, PART_WITH_ROOM = 0o600, 0o700
#: Seconds after which what lies on the disk is looked through again before it is used.
_CHECK_SECONDS = 86400.0
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Version:
    """One content of one object.

    Attributes:
        store: The store, by its address.
        bucket, key: The object in it.
        etag: What the store calls this content.
        size: Its length in bytes.
        modified_at: When it was written, in seconds since the epoch.
    """

    store: str
    bucket: str
    key: str
    etag: str
    size: int
    modified_at: float

    @property
    def name(self) -> str:
        """What an entry with this content is called."""
        parts = (self.store, self.bucket, self.key, self.etag, str(self.size))
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an entry.

    Attributes:
        size, modified_ns: Length and time of its file, by which a change of it is seen.
        md5: Digest of what was fetched.
        boot: Names the run of the machine's system in which it was last looked through. After a
            loss of power files may have their length and not their content.
        checked_at: When that was, in seconds since the epoch.
    """

    size: int
    modified_ns: int
    md5: str
    boot: str
    checked_at: float

    @property
    def is_due(self) -> bool:
        """True if its content has to be looked through before it is used."""
        return self.boot != boot_id() or not 0 <= time.time() - self.checked_at < _CHECK_SECONDS

    def describes(self, status: os.stat_result) -> bool:
        """Return whether a file is as it was left here."""
        return (status.st_size, status.st_mtime_ns) == (self.size, self.modified_ns)


def write_about(entry: Path, about: About) -> None:
    """Write down what is known of an entry, in one step."""
    temporary = entry.with_name(f"{entry.name}{ABOUT}.{os.getpid()}.new")
    temporary.write_text(json.dumps(asdict(about)))
    temporary.replace(about_path(entry))


def read_about(entry: Path) -> About | None:
    """Return what is known of an entry, None if there is none."""
    try:
        return About(**json.loads(about_path(entry).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def about_path(entry: Path) -> Path:
    """Return where it is said what is known of an entry."""
    return entry.with_name(f"{entry.name}{ABOUT}")


def part_path(entry: Path, size: int) -> Path:
    """Return what an entry is called while it is fetched."""
    return entry.with_name(f"{entry.name}.{size}{PART}")


def drop(entry: Path) -> None:
    """Remove an entry. Whoever has it as an input keeps it."""
    # Without what is known of it, it is none.
    for path in (about_path(entry), entry):
        path.unlink(missing_ok=True)


@contextmanager
def claimed(part: Path) -> Generator[int | None]:
    """Wait until nobody else fetches an entry, and keep others from it.

    Args:
        part: What it is called while it is fetched.

    Yields:
        A descriptor of that file; None if another process had it, so that the entry may be there.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(part, flags, PART_WITHOUT_ROOM)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not _is_at(descriptor, part):
            yield None
            return
        try:
            yield descriptor
        finally:
            # It has another name if it was fetched.
            if _is_at(descriptor, part):
                with suppress(FileNotFoundError):
                    os.unlink(part)
    finally:
        os.close(descriptor)


def is_abandoned(part: Path) -> bool:
    """Remove a part if nobody fetches it any more; return whether it is gone."""
    try:
        descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its name may be another one's by now, who has just begun to fetch.
        if _is_at(descriptor, part):
            os.unlink(part)
    except FileNotFoundError:
        pass
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def digest_of(path: Path) -> str:
    """Return the MD5 of a file."""
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb", buffering=0) as file:
        while data := file.read(_STEP):
            digest.update(data)
    return digest.hexdigest()


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False
