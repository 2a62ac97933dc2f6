"""The register of accounts, keys and grants, and the file that holds it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from batchcompute.server.model.caller import DEFAULT_ACCOUNT, Grant, Kind, Role
from batchcompute.server.model.errors import StartError
from batchcompute.server.model.private_files import write_private

#: The file's own version.
_VERSION: Final = 1
#: The largest number of an account: it stands in columns and ids that have room for no more.
LAST_ACCOUNT: Final = 99_999_999


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody whom things belong to.

    Attributes:
        number: Its number, `OwnerId` in answers of the API.
        name: What people call it.
        created: When it was made, in seconds since the epoch.
        limits: What it may have at the most, by the names of `limits.NAMES`.
        weight: Its share where accounts take turns; one of weight 2 has two turns to another's one.
    """

    number: int
    name: str
    created: int = 0
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    weight: int = 1


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it is kept.

    Attributes:
        key_id: Sent with every request.
        sealed: Its secret, sealed.
        account: The number of its account.
        role: What it may do.
        name: What people call it.
        created: When it was made, in seconds since the epoch.
        expires: When it ends, in seconds since the epoch; 0 for never.
        disabled: Whether it is refused.
    """

    key_id: str
    sealed: str = field(repr=False)
    account: int
    role: Role
    name: str
    created: int = 0
    expires: int = 0
    disabled: bool = False


@dataclass(slots=True)
class Register:
    """All that is known.

    Attributes:
        accounts: The accounts by their numbers; the first one is always there.
        keys: The keys by their ids, but for the service's own.
        grants: What was granted, each with the number of the account that it was granted to.
        next_account: The number of the next account; none is ever given again.
    """

    accounts: dict[int, Account] = field(
        default_factory=lambda: {DEFAULT_ACCOUNT: Account(DEFAULT_ACCOUNT, "default")}
    )
    keys: dict[str, StoredKey] = field(default_factory=dict[str, StoredKey])
    grants: list[tuple[int, Grant]] = field(default_factory=list[tuple[int, Grant]])
    next_account: int = DEFAULT_ACCOUNT + 1

    def account_named(self, text: str) -> Account | None:
        """Return an account by its name or number; None if there is none."""
        for account in self.accounts.values():
            if text in (account.name, str(account.number)):
                return account
        return None

    def grants_to(self, account: int) -> frozenset[Grant]:
        """Return what was granted to an account."""
        return frozenset(grant for to, grant in self.grants if to == account)

    def to_json(self) -> str:
        """Return the content of the file."""
        document = {
            "Version": _VERSION,
            "NextAccount": self.next_account,
            "Accounts": [asdict(account) for account in self.accounts.values()],
            "Keys": [asdict(key) for key in self.keys.values()],
            "Grants": [{"to": to, **asdict(grant)} for to, grant in self.grants],
        }
        return json.dumps(document, indent=1) + "\n"

    @staticmethod
    def from_json(text: str) -> Register:
        """Read the content of the file.

        Raises:
            ValueError, TypeError, KeyError: It is damaged, or of another version.
        """
        document: dict[str, Any] = json.loads(text)
        if document["Version"] != _VERSION:
            raise ValueError(f"its version is {document['Version']}, and {_VERSION} is known")
        accounts = [Account(**each) for each in document["Accounts"]]
        keys = [_key(each) for each in document["Keys"]]
        grants = [_grant(each) for each in document["Grants"]]
        return Register(
            {account.number: account for account in accounts},
            {key.key_id: key for key in keys},
            grants,
            int(document["NextAccount"]),
        )


def _key(told: Mapping[str, Any]) -> StoredKey:
    values: dict[str, Any] = {**told, "role": Role(told["role"])}
    return StoredKey(**values)


def _grant(told: Mapping[str, Any]) -> tuple[int, Grant]:
    values: dict[str, Any] = {**told, "kind": Kind(told["kind"])}
    return int(values.pop("to")), Grant(**values)


class RegisterFile:
    """The register of a data folder."""

    def __init__(self, path: Path) -> None:
        """Name the file; it need not be there."""
        self.path = path
        # Every request looks at it, and a path takes longer to become text than the look itself.
        self._name = os.fspath(path)

    def stamp(self) -> tuple[int, ...]:
        """Return what changes when the file does; empty while it is not there."""
        try:
            stat = os.stat(self._name)
        except OSError:
            return ()
        return stat.st_ino, stat.st_size, stat.st_mtime_ns

    def read(self) -> Register:
        """Return what it holds; without a file there is the first account alone.

        Raises:
            StartError: It is damaged, or cannot be read.
        """
        try:
            return Register.from_json(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Register()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StartError(f"the file {self.path} cannot be read: {error}") from error

    @contextlib.contextmanager
    def change(self) -> Generator[Register]:
        """Give the register to a block that changes it; it is written when the block ends well.

        Raises:
            StartError: It cannot be read or written.
        """
        lock = self.path.with_name(f"{self.path.name}-lock")
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartError(f"the file {lock} cannot be written: {error.strerror}") from error
        try:
            # By then any other change of it is complete.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            register = self.read()
            yield register
            write_private(self.path, register.to_json().encode())
        except OSError as error:
            raise StartError(f"the file {self.path} cannot be written: {error}") from error
        finally:
            os.close(descriptor)
