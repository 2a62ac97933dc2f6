"""Texts as every database keeps them."""

from __future__ import annotations

import re

#: A zero byte, which PostgreSQL has no place for, and what no UTF-8 can say, such as the bytes of
#: a file name that is no text.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Return a text with the replacement character for what some database refuses to keep.

    Args:
        text: Words of a program, an error or a request that go into a column as they are.
    """
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
