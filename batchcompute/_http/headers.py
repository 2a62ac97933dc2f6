"""Check the headers that a program gives, before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from batchcompute._models.warnings import warn
from batchcompute.exceptions import ConfigError

#: A header's value, as a program may give it; None leaves the header out.
HeaderValue: TypeAlias = str | int | float | None

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Characters allowed in a value: visible ASCII, blanks and tabs.
_VALUE = re.compile(r"[\t -~]*")
#: The signature and the length of the body are facts, not wishes.
_OURS = frozenset({"authorization", "content-length", "transfer-encoding"})

#: Headers of requests whose names are single words, as options of a client are.
_SINGLE_WORDS = frozenset(
    {
        *("accept", "authorization", "b3", "baggage", "connection", "cookie", "date", "dnt"),
        *("expect", "forwarded", "from", "host", "link", "origin", "pragma", "priority", "range"),
        *("referer", "signature", "te", "traceparent", "tracestate", "trailer", "upgrade", "via"),
        "warning",
    }
)


def warn_of_options(headers: Mapping[str, object]) -> None:
    """Warn about keyword arguments that are sent as headers but look like misspelt options.

    Args:
        headers: The headers that a program gave as keyword arguments.
    """
    for name in headers:
        if "_" in name or ("-" not in name and name.lower() not in _SINGLE_WORDS):
            # Never name the value: a proxy, say, may have a password.
            warn(f"unknown option {name!r} is sent as a header")


def own_headers(headers: Mapping[str, object]) -> dict[str, str]:
    """Return the headers of a program by lower-case names, as they are sent.

    Args:
        headers: Names and values. Numbers become text; None and "" leave the header out, also
            where the client would send one.

    Raises:
        TypeError: A value is neither a string nor a number; misspelt options end up here, too.
        ConfigError: A name or value has characters that no header can have.
    """
    sent: dict[str, str] = {}
    for name, value in headers.items():
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise TypeError(
                f"unknown option {name!r}; the value of a header must be str or a number, "
                f"not {type(value).__name__}"
            )
        # Never name the value: it may be a secret.
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!r} cannot be the name of a header")
        text = "" if value is None else str(value).strip()
        if not _VALUE.fullmatch(text):
            raise ConfigError(f"the header {name!r} must be printable ASCII")
        if name.lower() not in _OURS:
            sent[name.lower()] = text
    return sent
