"""One thing as lines of names and values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from batchcompute.cli.screen import STATE_COLOURS, Screen
from batchcompute.cli.text import harmless

_NAME_COLUMNS = 13


def show_pairs(screen: Screen, pairs: Iterable[tuple[str, Any]]) -> None:
    """Write names with their values; those without one are left out.

    Args:
        screen: Where to write.
        pairs: Names and values.
    """
    for name, value in pairs:
        if value in (None, ""):
            continue
        text = harmless(str(value))
        if name == "State":
            text = screen.coloured(text, STATE_COLOURS.get(text))
        screen.write(f"{screen.bold(f'{name}:'.ljust(_NAME_COLUMNS))}{text}")
