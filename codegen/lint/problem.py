"""What a rule reports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Keys and indexes from the root of the document.
Location = tuple[str | int, ...]
#: Where a rule found something, and a sentence about it.
Finding = tuple[Location, str]


@dataclass(frozen=True, order=True)
class Problem:
    """One violation of one rule.

    Attributes:
        where: JSON path of the offending element.
        rule: Id of the rule.
        sentence: What is wrong, for people.
    """

    where: str
    rule: str
    sentence: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.where}: {self.rule}: {self.sentence}"


def json_path(location: Iterable[str | int]) -> str:
    """Write a location as a JSON path, such as `$.paths['/jobs'].get.tags[0]`."""
    parts = ["$"]
    for step in location:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif re.fullmatch(r"[A-Za-z_]\w*", step):
            parts.append(f".{step}")
        else:
            parts.append(f"[{step!r}]")
    return "".join(parts)
