"""Keys for programs that end by themselves, in the form of the vendor's STS.

Nothing is kept of them: the token says whose it is and until when, and only this service can have
made it. It is good as long as the key is that it was made with, and allows no more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.model.caller import Role

#: The beginning of every temporary key's id.
PREFIX: Final = "STS."

#: Roles, from less to more.
_ROLES: Final[Sequence[Role]] = (Role.READ, Role.USER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Claim:
    """The content of a genuine token.

    Attributes:
        key_id: The temporary key that it goes with.
        parent: The key that it was made with.
        role: The most that it allows.
        expires: When it ends, in seconds since the epoch.
        secret: The temporary key's secret.
    """

    key_id: str
    parent: str
    role: Role
    expires: int
    secret: bytes = field(repr=False)


class TemporaryTokens:
    """Makes temporary keys, and reads their tokens."""

    def __init__(self, master: bytes) -> None:
        """Hold the secret that all of them follow from."""
        self._master = master

    def make(self, parent: str, role: Role, expires: int) -> tuple[AccessKey, str]:
        """Return a new key and its token.

        Args:
            parent: The id of the key that it is made with.
            role: The most that it allows.
            expires: When it ends, in seconds since the epoch.
        """
        key_id = PREFIX + secrets.token_hex(12)
        said = json.dumps([key_id, parent, role.value, expires], separators=(",", ":")).encode()
        body = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
        token = f"{body}.{self._derived('token', body)}"
        return AccessKey(key_id, self._derived("secret", key_id)), token

    def read(self, key_id: str, token: str) -> Claim | None:
        """Return what a token says; None if it is not genuine, or goes with another key."""
        body, _, signature = token.partition(".")
        right = self._derived("token", body).encode()
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), right):
            return None
        try:
            padded = body + "=" * (-len(body) % 4)
            named, parent, role, expires = json.loads(base64.urlsafe_b64decode(padded))
        except (ValueError, binascii.Error):
            return None
        if named != key_id:
            return None
        secret = self._derived("secret", key_id).encode()
        return Claim(key_id, parent, Role(role), int(expires), secret)

    def _derived(self, purpose: str, text: str) -> str:
        digest = hmac.digest(self._master, f"{purpose}:{text}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def lesser(one: Role, other: Role) -> Role:
    """Return the role of two that allows less."""
    return min(one, other, key=_ROLES.index)
