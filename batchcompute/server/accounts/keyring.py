"""The keys that the service accepts now, and who calls with each."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.accounts.register import Register, RegisterFile
from batchcompute.server.accounts.temporary import TemporaryTokens, lesser
from batchcompute.server.model.caller import OPERATOR, Caller, Grant, Kind, Role
from batchcompute.server.model.environment import ObjectScope
from batchcompute.server.model.errors import StartError

logger = logging.getLogger("batchcompute.server")


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may be known, and may be refused.

    Attributes:
        secret: Signs every request.
        caller: Who calls with it.
        expires: When it ends, in seconds since the epoch; 0 for never.
        disabled: Whether it is refused.
    """

    secret: bytes = field(repr=False)
    caller: Caller
    expires: int = 0
    disabled: bool = False

    def is_active(self, now: float) -> bool:
        """Say whether it is accepted at a moment, in seconds since the epoch."""
        return not self.disabled and (not self.expires or now < self.expires)


class KeyRing:
    """Finds keys by their ids; what was changed in their file counts from the next request on."""

    def __init__(
        self,
        own: Iterable[AccessKey],
        file: RegisterFile | None = None,
        reread: Callable[[], AccessKey | None] | None = None,
        master: Callable[[], bytes | None] | None = None,
    ) -> None:
        """Hold the service's own keys, and those of a file.

        Args:
            own: Keys of whoever runs the service.
            file: The keys of accounts; None for none.
            reread: Returns the service's own key after the file has changed; None if it stays.
            master: Returns what temporary keys follow from; None if there are none yet.

        Raises:
            StartError: The file is damaged, or its secrets cannot be opened.
        """
        self._own = tuple(own)
        self._file = file
        self._reread = reread
        self._master = master
        self._tokens: TemporaryTokens | None = None
        self._seen: tuple[int, ...] = () if file is None else file.stamp()
        self._lock = threading.Lock()
        self._revision = 0
        self.register = Register() if file is None else file.read()
        self._keys = self._opened(self.register)

    def find(self, key_id: str) -> Key | None:
        """Return a key, or None if nobody has it."""
        self.refresh()
        return self._keys.get(key_id)

    def find_temporary(self, key_id: str, token: str) -> Key | None:
        """Return a temporary key; None if nobody has it, or the token is another one's.

        Args:
            key_id: Its id, which begins with `STS.`.
            token: What came with it.
        """
        if self._tokens is None:
            master = None if self._master is None else self._master()
            if master is None:
                return None
            self._tokens = TemporaryTokens(master)
        claim = self._tokens.read(key_id, token)
        parent = None if claim is None else self.find(claim.parent)
        if claim is None or parent is None:
            return None
        role = lesser(claim.role, parent.caller.role)
        caller = replace(parent.caller, role=role, key_id=key_id)
        expires = min(claim.expires, parent.expires) if parent.expires else claim.expires
        return Key(claim.secret, caller, expires, parent.disabled)

    def refresh(self) -> None:
        """Take in what was changed in the file, if anything was."""
        file = self._file
        if file is None or file.stamp() == self._seen:
            return
        with self._lock:
            stamp = file.stamp()
            if stamp == self._seen:
                return
            try:
                register = file.read()
                self._revision += 1
                if self._reread is not None and (key := self._reread()) is not None:
                    self._own = (key,)
                self._keys = self._opened(register)
                self.register = register
            except StartError as error:
                logger.error("%s; the former keys still count", error)
            # Last, so that nobody takes the former keys for the present ones.
            self._seen = stamp

    def active_caller(self, key_id: str) -> Caller | None:
        """Return who calls with a key; None if it is not accepted."""
        key = self.find(key_id)
        return None if key is None or not key.is_active(time.time()) else key.caller

    def programs(self, account: int, key_id: str) -> Caller:
        """Return who calls with the key that programs of an account's job are given."""
        self.refresh()
        grants = self.register.grants_to(account)
        return Caller(account, Role.USER, key_id, grants, self._revision)

    def weight(self, account: int) -> float:
        """Return how much an account gets in comparison with others, where they take turns."""
        found = self.register.accounts.get(account)
        return 1.0 if found is None else max(1, found.weight)

    def object_scope(
        self, granted: Callable[[Iterable[Grant]], Mapping[str, bool]], account: int
    ) -> ObjectScope | None:
        """Return which buckets attempts of an account reach; None for all while it is the only one.

        Args:
            granted: Returns the buckets that grants open, and whether they may be written to.
            account: Its number.
        """
        self.refresh()
        if len(self.register.accounts) == 1:
            return None
        grants = self.register.grants_to(account)
        buckets = [grant for grant in grants if grant.kind is Kind.BUCKET]
        return ObjectScope(account, granted(buckets))

    @property
    def has_limits(self) -> bool:
        """Whether any account has a limit."""
        self.refresh()
        return any(account.limits for account in self.register.accounts.values())

    def limits_of(self, account: int) -> Mapping[str, int]:
        """Return what an account may have at the most, by the names of `model.limits`.

        It is as of the last refresh; each request has one when its key is looked for.
        """
        known = self.register.accounts.get(account)
        return {} if known is None else known.limits

    def _opened(self, register: Register) -> Mapping[str, Key]:
        found: dict[str, Key] = {}
        if register.keys and self._file is not None:
            # Loaded when it is needed, as it needs a package of an extra.
            from batchcompute.server.accounts.sealing import Seal

            seal = Seal(seal_path(self._file.path))
            for key in register.keys.values():
                grants = register.grants_to(key.account)
                caller = Caller(key.account, key.role, key.key_id, grants, self._revision)
                secret = seal.open(key.sealed).encode()
                found[key.key_id] = Key(secret, caller, key.expires, key.disabled)
        for own in self._own:
            caller = Caller(key_id=own.key_id, role=OPERATOR.role, revision=self._revision)
            found[own.key_id] = Key(own.secret.encode(), caller)
        return found


def seal_path(register: Path) -> Path:
    """Return where the key lies that the secrets of a register are sealed with."""
    return register.with_name("accounts.key")
