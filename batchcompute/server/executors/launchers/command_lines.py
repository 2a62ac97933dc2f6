"""Running the command lines of engines, and quoting what they say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from batchcompute.server.executors.launchers.interface import LaunchError

#: How much of an engine's words is quoted, in characters.
_MOST_WORDS = 500
#: Variables that engines have no use for, and that they would hand to every node.
_SECRETS = re.compile("^BATCHCOMPUTE_|SECRET|TOKEN|PASSW|CREDENTIAL|ACCESS_?KEY|API_?KEY", re.I)


@dataclass(frozen=True, slots=True)
class Answer:
    """The output of a command.

    Attributes:
        code: Its exit code.
        output, errors: What it wrote to the standard output, and to the standard error.
    """

    code: int
    output: str
    errors: str

    @property
    def words(self) -> str:
        """Its complaint, as one line."""
        return one_line(self.errors) or one_line(self.output) or f"exit code {self.code}"


def one_line(text: str) -> str:
    """Return a text as one line that is not too long; its end is kept, which says most."""
    line = "; ".join(filter(None, (" ".join(each.split()) for each in text.splitlines())))
    return line if len(line) <= _MOST_WORDS else f"…{line[-_MOST_WORDS:]}"


def run(
    command: str | Sequence[str],
    *,
    seconds: float,
    given: str | None = None,
    hands_on: bool = True,
) -> Answer:
    """Run a command of an engine.

    Args:
        command: The command; a string is for the shell.
        seconds: How long it may take; it is killed then, with all that it has started.
        given: What it reads.
        hands_on: Whether the engine hands the command's environment on to its nodes, so that no
            secrets of this process may be in it.

    Raises:
        LaunchError: It cannot be run, or took too long.
    """
    name = command.split()[0] if isinstance(command, str) else command[0]
    variables = {
        key: value for key, value in os.environ.items() if not (hands_on and _SECRETS.search(key))
    }
    try:
        process = subprocess.Popen(
            command,
            shell=isinstance(command, str),
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # What it says is read by programs, whatever language people have chosen.
            env={**variables, "LC_ALL": "C"},
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise LaunchError(f"{name} cannot be run: {error.strerror or error}") from error
    with process:
        try:
            output, errors = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise LaunchError(f"{name} did not answer within {seconds:g} seconds") from error
    return Answer(process.returncode, output, errors)
