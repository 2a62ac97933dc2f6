"""The owners of buckets: a small file for each, beside the buckets, made before the bucket.

A bucket without one belongs to the first account, as does everything that was there before there
were accounts, and what a person puts into the folder by hand.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from batchcompute.server.model.caller import DEFAULT_ACCOUNT, Caller, Grant
from batchcompute.server.objects import durable
from batchcompute.server.objects.address import is_bucket_name

#: No bucket starts with a dot.
_FOLDER = ".owners"


#: Where the command line keeps logs and packages of the first account; see `reserved_for`.
_COMMAND_LINE: Final = "batchcompute"

#: The access that a caller may have to a bucket, from less to more.
Leave = Literal["read", "write", "own"]
LEAVES: Final[tuple[Leave, ...]] = ("read", "write", "own")


def granted_buckets(folder: Path | None, grants: Iterable[Grant]) -> dict[str, bool]:
    """Return the buckets of a store that grants open, and whether they may be written to.

    Args:
        folder: Folder of the store; None for one elsewhere, where nobody knows whose buckets are.
        grants: Grants of buckets.
    """
    if folder is not None:
        return BucketOwners(folder).granted(grants)
    return {grant.name: grant.write for grant in grants}


def reserved_for(bucket: str) -> int | None:
    """Return the only account that may claim a bucket; None if everybody may.

    The command line keeps logs and packages in the bucket `batchcompute` for the first account,
    and in `batchcompute-N` for account N. Nobody else can take these names first.

    Args:
        bucket: Its name.
    """
    if bucket == _COMMAND_LINE:
        return DEFAULT_ACCOUNT
    number = bucket.removeprefix(f"{_COMMAND_LINE}-")
    is_number = number != bucket and number.isascii() and number.isdecimal()
    return int(number) if is_number and not number.startswith("0") else None


class BucketOwners:
    """The owners of the buckets below one folder. Threads and processes may share one."""

    def __init__(self, root: Path) -> None:
        """Name the folder of the buckets."""
        self._root = str(root)
        self._folder = f"{root}/{_FOLDER}"

    def owner(self, bucket: str) -> int | None:
        """Return the account that a bucket belongs to, or is kept for; None if there is none."""
        return self._recorded(bucket) or reserved_for(bucket)

    def _recorded(self, bucket: str) -> int | None:
        if not is_bucket_name(bucket):
            return None
        try:
            with open(f"{self._folder}/{bucket}", encoding="ascii") as file:
                return int(file.read())
        except FileNotFoundError:
            return DEFAULT_ACCOUNT if os.path.lexists(f"{self._root}/{bucket}") else None

    def leave(self, caller: Caller, bucket: str) -> Leave | None:
        """Return what a caller may do with a bucket; None if it is not there for them."""
        owner = self.owner(bucket)
        if owner is None:
            return None
        if caller.owns(owner):
            return "own"
        grants = [grant for grant in caller.granted_buckets() if grant.name == bucket]
        granted = self.granted(grants)
        if bucket not in granted:
            return None
        return "write" if granted[bucket] else "read"

    def granted(self, grants: Iterable[Grant]) -> dict[str, bool]:
        """Return the buckets that grants open, and whether they may be written to.

        Args:
            grants: Grants of buckets; one of a bucket that has another owner by now is void.
        """
        found: dict[str, bool] = {}
        for grant in grants:
            if grant.owner in (0, self.owner(grant.name)):
                found[grant.name] = found.get(grant.name, False) or grant.write
        return found

    def claim(self, bucket: str, account: int) -> int:
        """Let a bucket that nobody has belong to an account.

        Args:
            bucket: Its name.
            account: Who wants it.

        Returns:
            The account that it belongs to: the one given, unless it belonged to another before or
            its name is reserved for another.
        """
        recorded = self._recorded(bucket)
        if recorded is not None:
            return recorded
        reserved = reserved_for(bucket)
        if reserved is not None and reserved != account:
            return reserved
        durable.make_directories(Path(self._folder))
        temporary = f"{self._folder}/.{secrets.token_hex(8)}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
            try:
                os.write(descriptor, str(account).encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            # Of all who want it at once, one makes the name.
            with suppress(FileExistsError):
                os.link(temporary, f"{self._folder}/{bucket}")
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
        durable.sync_directory(Path(self._folder))
        found = self.owner(bucket)
        return account if found is None else found

    def forget(self, bucket: str) -> None:
        """Let a bucket that is gone belong to nobody."""
        with suppress(FileNotFoundError):
            os.unlink(f"{self._folder}/{bucket}")
