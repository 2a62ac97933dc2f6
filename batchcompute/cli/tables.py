"""Tables for people, and the same things as JSON or ids for programs."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar, cast

from batchcompute.cli.screen import STATE_COLOURS, Screen
from batchcompute.cli.text import cut, cut_middle, harmless, padded, width
from batchcompute.cli.times import iso

T = TypeVar("T")

FORMATS: Final = ("table", "wide", "json", "jsonl", "ids")
_GAP = "  "
#: Control characters of 8 bits, and those that turn the direction of writing.
_CONTROLS: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
#: Columns that a flexible column keeps at least.
_LEAST = 6


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column of a table.

    Attributes:
        title: Its heading.
        value: Returns what stands in it.
        wide: Show it only with `-o wide`.
        flexible: It may be cut where the table is too wide for the terminal.
        right: Align it at the right, as numbers are.
        is_state: Its words are states, which have colours.
        drop: Columns that may be left out on a narrow terminal have a number, the first ones to go
            the highest; 0 stays.
    """

    title: str
    value: Callable[[T], Any]
    wide: bool = False
    flexible: bool = False
    right: bool = False
    is_state: bool = False
    drop: int = 0


def add_format(parser: argparse.ArgumentParser, *, of: str) -> None:
    """Add the option `-o` to a parser.

    Args:
        parser: The parser.
        of: What the ids are of, for the help.
    """
    parser.add_argument(
        "-o",
        "--output-format",
        dest="format",
        choices=FORMATS,
        default="table",
        metavar="FORMAT",
        help=f"table, wide, json, jsonl, or ids: one {of} a line (default: table)",
    )


def show(
    screen: Screen,
    form: str,
    items: Iterable[T],
    columns: Sequence[Column[T]],
    identity: Callable[[T], str],
    *,
    none: str,
) -> None:
    """Write things in the form that was asked for.

    Args:
        screen: Where to write.
        form: One of `FORMATS`.
        items: The things. What is written line by line is written as they come.
        columns: Columns of the table.
        identity: Returns a thing's id.
        none: What to say if there is nothing.
    """
    if form == "ids":
        for item in items:
            # Programs get names as they are.
            screen.write(harmless(identity(item)) if screen.is_terminal else identity(item))
    elif form == "jsonl":
        for item in items:
            screen.write(json_text(item, indent=None))
    elif form == "json":
        screen.write(json_text([plain(item) for item in items]))
    else:
        rows = list(items)
        if not rows:
            screen.say(none)
            return
        for line in table(screen, rows, columns, wide=form == "wide"):
            screen.write(line)


def table(
    screen: Screen, items: Sequence[T], columns: Sequence[Column[T]], *, wide: bool = False
) -> list[str]:
    """Return the lines of a table, cut to fit the terminal if there is one.

    Args:
        screen: The terminal.
        items: The things, one a line.
        columns: The columns.
        wide: Show all columns, and cut nothing.
    """
    chosen = [column for column in columns if wide or not column.wide]
    cells = [[harmless(_text(column.value(item))) for column in chosen] for item in items]
    # A column that is empty in all lines only takes room.
    kept = [
        number
        for number, column in enumerate(chosen)
        if number == 0 or not column.flexible or any(row[number] for row in cells)
    ]
    chosen = [chosen[number] for number in kept]
    cells = [[row[number] for number in kept] for row in cells]
    widths = [
        max([width(column.title), *(width(row[number]) for row in cells)])
        for number, column in enumerate(chosen)
    ]
    if not wide and screen.width is not None:
        kept = _fit(widths, chosen, screen.width)
        widths = [widths[number] for number in kept]
        chosen = [chosen[number] for number in kept]
        cells = [[row[number] for number in kept] for row in cells]
    heading = _line(widths, chosen, [column.title for column in chosen])
    lines = [screen.bold(heading)]
    for row in cells:
        lines.append(_line(widths, chosen, row, screen))
    return lines


def _fit(widths: list[int], columns: Sequence[Column[Any]], most: int) -> list[int]:
    """Return the numbers of the columns that are shown, and make them narrow enough.

    Flexible columns get narrower first, then columns go that may, and at last the widest ones are
    cut all the same.
    """
    kept = list(range(len(columns)))

    def excess() -> int:
        return sum(widths[number] for number in kept) + len(_GAP) * (len(kept) - 1) - most

    def shrink(candidates: list[int]) -> None:
        while excess() > 0:
            wide = [number for number in candidates if widths[number] > _LEAST]
            if not wide:
                return
            widths[max(wide, key=widths.__getitem__)] -= 1

    full = list(widths)
    droppable = sorted(
        (number for number in kept if columns[number].drop), key=lambda n: columns[n].drop
    )
    while True:
        widths[:] = full
        shrink([number for number in kept if columns[number].flexible])
        if excess() <= 0 or not droppable:
            break
        kept.remove(droppable.pop())
    shrink(kept)
    while len(kept) > 1 and excess() > 0:
        kept.pop()
    return kept


def _line(
    widths: Sequence[int],
    columns: Sequence[Column[Any]],
    row: Sequence[str],
    screen: Screen | None = None,
) -> str:
    parts: list[str] = []
    last = len(widths) - 1
    for number, (columns_wide, column, text) in enumerate(zip(widths, columns, row, strict=False)):
        # The end of an id tells it from others.
        shown = cut(text, columns_wide) if number else cut_middle(text, columns_wide)
        aligned = padded(shown, columns_wide, right=column.right)
        if number == last and not column.right:
            aligned = shown
        if screen is not None and column.is_state:
            aligned = screen.coloured(aligned, STATE_COLOURS.get(text))
        parts.append(aligned)
    return _GAP.join(parts).rstrip()


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def json_text(value: Any, indent: int | None = 2) -> str:
    """Return a thing as JSON text, with nothing in it that a terminal would obey.

    Args:
        value: A resource, or anything that is part of one.
        indent: Blanks per level; None writes everything on one line.
    """
    text = json.dumps(plain(value), indent=indent, ensure_ascii=False)
    # JSON itself escapes only the control characters below 32.
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plain(value: Any) -> Any:
    """Return what JSON can hold, with times in UTC.

    Args:
        value: A resource, or anything that is part of one.
    """
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value)
        return {str(name): _wire(pairs[name]) for name in pairs}
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):
        return {str(name): _wire(value[name]) for name in value.keys()}  # noqa: SIM118
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    return value


def _wire(value: Any) -> Any:
    # A time that has not come yet is an empty text in the API, and None in the SDK.
    return plain(value)
