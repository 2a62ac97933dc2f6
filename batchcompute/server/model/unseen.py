"""Characters that nobody sees, and that change what is seen of others."""

from __future__ import annotations

import re
from typing import Final

#: Control characters but for tabs and ends of lines, other ends of lines, and what turns the
#: direction of writing.
_UNSEEN: Final = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def with_signs(text: str) -> str:
    r"""Return a text with signs such as `\u202e` for characters that nobody sees.

    In JSON, where they stand in strings alone, the signs mean the same.

    Args:
        text: Any text.
    """
    return text if text.isprintable() else _UNSEEN.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
