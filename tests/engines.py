"""Engines that a test makes up: commands on the PATH that say what the test has them say."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

# Answers are files by the command's name; those that are to come once have a number.
_COMMAND = """\
#!/bin/sh
cd {folder} || exit 99
name=${{0##*/}}
printf '%s\\n' "$name $*" >>calls
cat >"$name.given" 2>/dev/null
[ -e "$2" ] && cp "$2" "$name.script"
[ -e "$1" ] && cp "$1" "$name.script"
for number in 1 2 3 4 5 6 7 8 9; do
  [ -e "$name.$number" ] || continue
  mv "$name.$number" "$name.now"
  . "./$name.now"
done
[ -e "$name.always" ] || {{ echo "$name: nobody said what to answer" >&2; exit 98; }}
. "./$name.always"
"""


class MadeUpEngine:
    """Commands of an engine. One that was not told what to answer fails."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, *commands: str) -> None:
        """Put commands on the PATH, before all others."""
        self._folder = folder / "engine"
        programs = folder / "programs"
        for each in (self._folder, programs):
            each.mkdir()
        for name in commands:
            (programs / name).write_text(_COMMAND.format(folder=shlex.quote(str(self._folder))))
            (programs / name).chmod(0o755)
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    def answer(
        self, command: str, output: str = "", *, errors: str = "", code: int = 0, once: int = 0
    ) -> None:
        """Say what a command answers.

        Args:
            command: The command.
            output: What it writes.
            errors: What it complains about.
            code: Its exit code.
            once: The place of this answer among those that come once; 0 for all later ones.
        """
        lines = [f"printf %s {shlex.quote(output)}"]
        lines += [f"printf %s {shlex.quote(errors)} >&2"] if errors else []
        name = f"{command}.{once}" if once else f"{command}.always"
        (self._folder / name).write_text("\n".join([*lines, f"exit {code}", ""]))

    def calls(self, command: str = "") -> list[str]:
        """Return the command lines that were run, oldest first."""
        try:
            lines = (self._folder / "calls").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [line for line in lines if not command or line.split()[0] == command]

    def script(self, command: str) -> str:
        """Return the file that a command was given last."""
        return (self._folder / f"{command}.script").read_text()

    def given(self, command: str) -> str:
        """Return what a command read last."""
        return (self._folder / f"{command}.given").read_text()
