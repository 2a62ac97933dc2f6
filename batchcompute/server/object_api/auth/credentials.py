"""Access keys for the object protocol: the callers' own, and temporary ones of programs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from batchcompute.server.accounts.keyring import Key
from batchcompute.server.model.caller import DEFAULT_ACCOUNT

#: Finds a key by its id and the token that came with it, or ""; None if nobody has it.
FindKey = Callable[[str, str], Key | None]

_PREFIX = "STS."
_OF = "_"


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """A key that reaches objects and nothing else.

    Attributes:
        key_id: Its id.
        secret: Signs requests; never shown.
        token: Sent with every request; never shown.
    """

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


class TemporaryKeys:
    """The keys that programs are given. Nothing is kept: each follows from one secret."""

    def __init__(self, master: bytes, is_good: Callable[[str], bool] | None = None) -> None:
        """Hold the secret that all keys follow from.

        Args:
            master: The secret.
            is_good: Says whether the key of a holder is good at the moment; None for always.
        """
        self._master = master
        self._is_good = is_good

    def key_for(self, holder: str) -> TemporaryKey:
        """Return the key of one holder, such as a job.

        Args:
            holder: Letters, digits, "-" and "_"; see `holder_of`.
        """
        key_id = _PREFIX + holder
        return TemporaryKey(key_id, self._derived("secret", key_id), self._derived("token", key_id))

    def secret(self, key_id: str, token: str) -> bytes | None:
        """Return the secret of a key that is sent with its token, or None if it is not ours."""
        if not key_id.startswith(_PREFIX):
            return None
        holder = key_id[len(_PREFIX) :]
        key = self.key_for(holder)
        if not hmac.compare_digest(key.token.encode(), token.encode("utf-8", "replace")):
            return None
        if self._is_good is not None and not self._is_good(holder):
            return None
        return key.secret.encode()

    @staticmethod
    def is_meant(key_id: str) -> bool:
        """Say whether a key is meant that comes with a token."""
        return key_id.startswith(_PREFIX)

    @staticmethod
    def holder_of(job_id: str, account: int) -> str:
        """Return what stands for the programs of a job of an account."""
        return job_id if account == DEFAULT_ACCOUNT else f"{job_id}{_OF}{account}"

    @staticmethod
    def job_of(holder: str) -> str:
        """Return the job whose programs a holder stands for."""
        return holder.partition(_OF)[0]

    @staticmethod
    def account_of(key_id: str) -> int:
        """Return the account of the programs that hold a key; the key must be known to be ours."""
        account = key_id.partition(_OF)[2]
        return int(account) if account else DEFAULT_ACCOUNT

    def _derived(self, purpose: str, key_id: str) -> str:
        digest = hmac.new(self._master, f"{purpose}:{key_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
