"""Access keys of a remote object store, from a file or the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

#: The names that answers of STS and the vendors' own files have for the parts of a key.
_IDS = ("access_key_id", "AccessKeyId", "accessKeyId")
_SECRETS = ("access_key_secret", "secret_access_key", "AccessKeySecret", "SecretAccessKey")
_TOKENS = ("security_token", "session_token", "SecurityToken", "SessionToken", "Token")


@dataclass(frozen=True, slots=True)
class StoreKey:
    """An access key.

    Attributes:
        key_id: Its id.
        secret: Its secret; never shown.
        token: Sent along if the key is a temporary one, or ""; never shown.
    """

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def read_key(path: str) -> StoreKey:
    """Read a key from a file: `ID:SECRET` or `ID:SECRET:TOKEN`, or JSON such as STS answers.

    Args:
        path: The file.

    Raises:
        ValueError: It cannot be read, or holds no key. What is in it is not repeated.
    """
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"the access key in {path} cannot be read: {reason}") from None
    key = _of_json(text) if text.startswith("{") else _of_line(text)
    if key is None:
        raise ValueError(
            f"{path} holds no access key: write ID:SECRET, ID:SECRET:TOKEN, or JSON with "
            "access_key_id, access_key_secret and security_token"
        )
    return key


def oss_key(environment: Mapping[str, str]) -> StoreKey:
    """Find the key in the environment, under the names that the vendor's tools read.

    Raises:
        ValueError: None is there.
    """
    key_id = environment.get("OSS_ACCESS_KEY_ID")
    secret = environment.get("OSS_ACCESS_KEY_SECRET")
    if not key_id or not secret:
        raise ValueError(
            "there is no access key for the object store: set OSS_ACCESS_KEY_ID and "
            "OSS_ACCESS_KEY_SECRET, or add credentials=FILE to its URL"
        )
    return StoreKey(key_id, secret, environment.get("OSS_SESSION_TOKEN", ""))


def _of_line(text: str) -> StoreKey | None:
    key_id, _, rest = text.partition(":")
    secret, _, token = rest.partition(":")
    return StoreKey(key_id, secret, token) if key_id and secret and text.isprintable() else None


def _of_json(text: str) -> StoreKey | None:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    # STS puts it one level deeper.
    found = found.get("Credentials", found)
    if not isinstance(found, dict):
        return None
    values = cast("dict[str, Any]", found)

    def value(names: tuple[str, ...]) -> str:
        return next((str(values[name]) for name in names if values.get(name)), "")

    key = StoreKey(value(_IDS), value(_SECRETS), value(_TOKENS))
    return key if key.key_id and key.secret else None
