"""Rules for what programs are started with."""

from __future__ import annotations

import re
from collections.abc import Mapping

from batchcompute.server.model.errors import invalid

_VARIABLE = re.compile(r"[^=\0]+")
#: Bytes of one argument of a new program, without the zero byte behind it; Linux starts none with a
#: longer one (MAX_ARG_STRLEN).
_LONGEST = 128 * 1024 - 1


def check_command_line(command_line: str, path: str) -> None:
    """Refuse a command that no system can start.

    Args:
        command_line: What the shell is to run.
        path: Where it stands in the request.

    Raises:
        ApiError: It holds a zero byte, which would end it, or is longer than an argument can be.
    """
    if "\0" in command_line:
        raise invalid("CommandLine", "It must not hold a zero byte.", path)
    if len(command_line.encode()) > _LONGEST:
        raise invalid("CommandLine", f"It must not exceed {_LONGEST} bytes in UTF-8.", path)


def check_variables(variables: Mapping[str, str], path: str) -> None:
    """Refuse variables that no program can be started with.

    Args:
        variables: Names and values.
        path: Where they stand in the request.

    Raises:
        ApiError: A name or a value cannot be in an environment.
    """
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            detail = "An environment variable needs a name without = and holds no zero byte."
            raise invalid("EnvVars", detail, f"{path}.{name}")
