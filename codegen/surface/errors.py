"""The contract's table of error codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from codegen.document import SpecError

#: Stands for the name of a member in a code of the table.
_MEMBER = "{Member}"


@dataclass(frozen=True)
class ErrorRow:
    """One row of the table.

    Attributes:
        status: HTTP status that the code comes with.
        code: The code, or how it begins where it ends in a member's name; "" for all others.
        exception: Name of the exception.
        retry: `final`, `rejected` or `ambiguous`.
        general: Whether any operation may respond with it.
        when: Why.
        remedy: What lets a repeat pass: `clock`, `credentials`, or "" for nothing.
    """

    status: int
    code: str
    exception: str
    retry: str
    general: bool
    when: str
    remedy: str = ""


class ErrorTable:
    """The table, as `x-error-codes` of a specification says it.

    Args:
        document: The specification.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.rows = [
            ErrorRow(
                int(row.get("status", 0)),
                str(row.get("code", "")),
                f"{row.get('error')}Error",
                str(row.get("retry")),
                bool(row.get("general", False)),
                str(row.get("when", "")),
                str(row.get("remedy", "")),
            )
            for row in document.get("x-error-codes", ())
        ]

    def row(self, code: str) -> ErrorRow | None:
        """Return the row of a code: the one that says it, or else the pattern that it fits."""
        fitting = [row for row in self.rows if row.code and fits(row.code, code)]
        return max(fitting, key=lambda row: len(row.code.replace(_MEMBER, "")), default=None)

    def exception(self, code: str) -> str:
        """Return the name of the exception for a code.

        Raises:
            SpecError: The table does not have it.
        """
        row = self.row(code)
        if row is None:
            raise SpecError(f"x-errors: {code!r} is not in x-error-codes")
        return row.exception

    def beginnings(self) -> list[tuple[str, ErrorRow]]:
        """Return beginnings of codes with their rows, longer ones before shorter ones.

        Where all codes of a family, such as `InvalidTimeStamp.…`, mean the same kind of error, an
        unknown one of it does, too.
        """
        found = {row.code.replace(_MEMBER, ""): row for row in self.rows if row.code}
        families: dict[str, list[ErrorRow]] = {}
        for row in self.rows:
            family, dot, _ = row.code.partition(".")
            if dot:
                families.setdefault(family, []).append(row)
        for family, rows in families.items():
            if len({row.exception for row in rows}) == 1:
                remedy = next((row.remedy for row in rows if row.remedy), "")
                found.setdefault(family, replace(rows[0], remedy=remedy))
        return sorted(found.items(), key=lambda one: (-len(one[0]), one[0]))

    def markdown(self) -> str:
        """Return the codes that any operation may respond with as a table for people."""
        lines = ["| Status | Code | When |", "|---|---|---|"]
        lines += [f"| {row.status} | {row.code} | {row.when} |" for row in self.rows if row.code]
        return "\n".join(lines)


def fits(pattern: str, code: str) -> bool:
    """Whether a code is the one of a row, or follows its pattern."""
    expression = re.escape(pattern).replace(re.escape(_MEMBER), r"(\{Member\}|[A-Z][\w.]*)")
    return re.fullmatch(expression, code) is not None
