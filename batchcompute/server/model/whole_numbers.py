"""Whole numbers as people and programs write them."""

from __future__ import annotations

from typing import Final

#: Python itself makes no number of thousands of digits, and none that is meant has so many.
_MOST_DIGITS: Final = 20


def whole_number(text: str, least: int, most: int) -> int | None:
    """Return the number that a text is, or None if it is none or out of range.

    Args:
        text: Digits, with zeros in front of them or without.
        least: The smallest number, 0 or more.
        most: The largest number, of 20 digits at the most.
    """
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        return None
    number = int(text)
    return number if least <= number <= most else None
