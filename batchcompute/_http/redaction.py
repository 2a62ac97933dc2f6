"""Redact the secrets of a request in what a server or a proxy repeats of it."""

from __future__ import annotations

import html.entities
import re
from functools import lru_cache
from typing import Any

from batchcompute.config import Credentials

_HIDDEN = "***"
#: A secret shorter than this is not looked for: it would be found everywhere.
_SHORTEST_SECRET = 6


class Redactor:
    """Replaces the access key's secret, the security token and the signature by asterisks.

    Args:
        credentials: The access key that signed the request.
        authorization: Value of its Authorization header, which ends with the signature.
    """

    __slots__ = ("_authorization", "_credentials")

    def __init__(self, credentials: Credentials, authorization: str) -> None:
        self._credentials = credentials
        self._authorization = authorization

    def string(self, text: str) -> str:
        """Return a string without secrets, also where they are escaped in it."""
        for pattern in self._patterns():
            text = pattern.sub(_HIDDEN, text)
        return text

    def json(self, value: Any) -> Any:
        """Return decoded JSON without secrets in its strings, however deep.

        Raises:
            RecursionError: It is nested too deeply.
        """
        return _without(self._patterns(), value)

    def _patterns(self) -> list[re.Pattern[str]]:
        secrets = (
            self._authorization,
            self._authorization.rpartition(":")[2],
            self._credentials.access_key_secret,
            self._credentials.security_token,
        )
        return [_pattern(secret) for secret in secrets if len(secret) >= _SHORTEST_SECRET]


def _without(patterns: list[re.Pattern[str]], value: Any) -> Any:
    found: Any = value
    if isinstance(value, str):
        for pattern in patterns:
            found = pattern.sub(_HIDDEN, found)
    elif isinstance(value, list):
        found = [_without(patterns, item) for item in found]
    elif isinstance(value, dict):
        found = {_without(patterns, key): _without(patterns, item) for key, item in found.items()}
    return found


@lru_cache(maxsize=16)
def _pattern(secret: str) -> re.Pattern[str]:
    """Return a pattern of a secret as it is, or as JSON, URLs or HTML escape it."""
    return re.compile("".join(c if c.isalnum() else _spellings(c) for c in secret))


@lru_cache(maxsize=64)
def _spellings(char: str) -> str:
    code = ord(char)
    names = [name for name, value in html.entities.html5.items() if value == char]
    in_html = [f"#x0*{code:x};?", f"#0*{code};?", *map(re.escape, names)]
    ways = [
        rf"\\*{re.escape(char)}",
        rf"\\+u00{code:02x}",
        f"%(?:25)*{code:02x}",
        f"&(?:amp;)*(?:{'|'.join(in_html)})",
    ]
    if char == "+":
        ways.append(" ")  # what a form makes of it
    return f"(?i:{'|'.join(ways)})"
