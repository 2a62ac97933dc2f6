"""Access keys for the object protocol: the callers' own, and temporary ones of programs."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from batchcompute.server.accounts.keyring import Key

#: Finds a key by its id and the token that came with it, or ""; None if nobody has it.
FindKey = Callable[[str, str], Key | None]

_PREFIX = "STS."


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """A key that reaches objects and nothing else.

    Attributes:
        holder: Who is given it: an attempt, by its id, or a VM.
        secret: Signs requests; never shown.
        token: Sent with every request; never shown.
    """

    holder: str
    secret: str = field(repr=False)
    token: str = field(repr=False)

    @property
    def key_id(self) -> str:
        """Its id."""
        return _PREFIX + self.holder


class TemporaryKeys:
    """Keys of programs and VMs. Nothing is kept: each follows from one secret and from its holder.

    Whether its holder may reach anything at the moment is for others to say.
    """

    def __init__(self, master: bytes) -> None:
        """Hold the secret that all keys follow from."""
        # Every attempt is given a key, and a copy of this takes half as long as a new one.
        self._keyed = hmac.new(master, digestmod="sha256")

    def key_for(self, holder: str) -> TemporaryKey:
        """Return the key of one holder.

        Args:
            holder: Letters, digits, ".", "-" and "_".
        """
        key_id = _PREFIX + holder
        return TemporaryKey(holder, self._derived("secret", key_id), self._derived("token", key_id))

    def find(self, key_id: str, token: str) -> TemporaryKey | None:
        """Return a key that is sent with its token, or None if the two are not ours."""
        if not key_id.startswith(_PREFIX):
            return None
        right = self._derived("token", key_id).encode()
        if not hmac.compare_digest(right, token.encode("utf-8", "replace")):
            return None
        return self.key_for(key_id.removeprefix(_PREFIX))

    @staticmethod
    def is_meant(key_id: str) -> bool:
        """Say whether a key is meant that comes with a token."""
        return key_id.startswith(_PREFIX)

    def _derived(self, purpose: str, key_id: str) -> str:
        keyed = self._keyed.copy()
        keyed.update(f"{purpose}:{key_id}".encode("utf-8", "surrogatepass"))
        return base64.urlsafe_b64encode(keyed.digest()).decode().rstrip("=")
