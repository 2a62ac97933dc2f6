"""Text for terminals: how wide it is, how it is cut, and what must not get there."""

from __future__ import annotations

import unicodedata

#: Characters that change the direction of what stands around them, or hide in it.
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str) -> str:
    r"""Return text without anything that a terminal would obey.

    Control characters, escape sequences among them, are shown as `\x1b`, and so are those that turn
    the direction of writing. Tabs and line ends become blanks.

    Args:
        text: Any text, such as the name of a job.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\t\n\r":
        return " "
    # Cc: control characters; Cs: halves of surrogate pairs, which cannot be written; Zl, Zp: ends.
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _DIRECTIONS:
        number = ord(character)
        return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
    return character


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    Args:
        text: Text without control characters.
    """
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """Return a text that takes no more columns, with an ellipsis where it was longer.

    Args:
        text: Text without control characters.
        columns: Columns, 1 or more.
    """
    if width(text) <= columns:
        return text
    kept: list[str] = []
    left = columns - 1
    for character in text:
        left -= _columns(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def cut_middle(text: str, columns: int) -> str:
    """Return a text that takes no more columns, with an ellipsis in its middle if it was longer.

    Args:
        text: Text without control characters.
        columns: Columns, 1 or more.
    """
    if width(text) <= columns:
        return text
    if columns < 5 or not text.isascii():
        return cut(text, columns)
    head = (columns - 1) // 3
    return f"{text[:head]}…{text[len(text) - (columns - 1 - head) :]}"


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """Return a text that takes at least so many columns.

    Args:
        text: Text without control characters.
        columns: Columns.
        right: Put the blanks before it.
    """
    blanks = " " * max(0, columns - width(text))
    return blanks + text if right else text + blanks


def count(number: int, noun: str) -> str:
    """Return a number of things, such as `1 job` or `2,000 jobs`.

    Args:
        number: How many.
        noun: What one of them is called.
    """
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"
