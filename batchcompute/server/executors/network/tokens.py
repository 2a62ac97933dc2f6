"""Tokens with which agents are let in.

Tokens are not stored: they follow from a secret of the service, and from the name of the pool, or
the VM and its agent, that they are for. Whoever has one may take the programs of that pool or VM.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token is for.

    Attributes:
        kind: "pool": any agent of a pool. "vm": the agent that was started for a VM.
        name: Of the pool, or id of the VM.
    """

    kind: Literal["pool", "vm"]
    name: str


class Tokens:
    """Makes tokens, and reads them."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret that they follow from."""
        self._secret = secret

    def make(self, bearer: Bearer) -> str:
        """Return the token of a pool or a VM."""
        return f"{bearer.kind}.{bearer.name}.{self._proof(bearer)}"

    def read(self, token: str) -> Bearer | None:
        """Return whom a token is for, or None if it is not one of ours."""
        kind, _, rest = token.partition(".")
        name, _, proof = rest.rpartition(".")
        if kind not in ("pool", "vm") or not name:
            return None
        bearer = Bearer("pool" if kind == "pool" else "vm", name)
        good = hmac.compare_digest(proof.encode(), self._proof(bearer).encode())
        return bearer if good else None

    def _proof(self, bearer: Bearer) -> str:
        text = f"agent {bearer.kind} {bearer.name}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()
