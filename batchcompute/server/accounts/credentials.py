"""Access keys of those who may call the service."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass, field

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One pair of id and secret.

    Attributes:
        key_id: Sent with every request.
        secret: Signs every request; never shown.
    """

    key_id: str
    secret: str = field(repr=False)

    @staticmethod
    def parse(text: str) -> AccessKey:
        """Read `ID:SECRET`.

        Raises:
            ValueError: The text has another form. It is not repeated in the error.
        """
        key_id, separator, secret = text.partition(":")
        if not separator or not secret or not _ID.fullmatch(key_id):
            raise ValueError("an access key is written ID:SECRET")
        return AccessKey(key_id, secret)

    @staticmethod
    def generate() -> AccessKey:
        """Make a new one."""
        return AccessKey(
            "LOCAL" + "".join(secrets.choice(_ALPHABET) for _ in range(16)),
            "".join(secrets.choice(_ALPHABET) for _ in range(40)),
        )

    def environment(self, endpoint: str) -> dict[str, str]:
        """Return the environment variables that make clients of the API use this key.

        Args:
            endpoint: URL of the API.
        """
        return {
            "BATCHCOMPUTE_ENDPOINT": endpoint,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.secret,
        }
