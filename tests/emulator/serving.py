"""The service in a process of its own, as its command line starts it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.emulator.forked import Forked
from tests.emulator.wire import Wire

COMMAND = [sys.executable, "-m", "batchcompute.server"]
KEY = "testKey:testSecret"


class Serve:
    """A server process that has said where it listens.

    Attributes:
        data: Its data folder.
        process: The process.
        wire: A client of it.
    """

    def __init__(
        self,
        data: Path,
        *options: str,
        within: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        forked: bool = False,
    ) -> None:
        """Start a server.

        Args:
            data: Its data folder; what it says goes into a file beside it.
            *options: More words for its command line.
            within: A command that becomes the one behind it, in other circumstances.
            environment: Variables beside those of this process.
            forked: Whether it is forked from a process that has loaded the service, which saves
                most of the time that its command takes. Then there is nothing that it is within.
        """
        self.data = data
        variables = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[str] | Forked
        with (data.parent / "stderr.log").open("ab") as log:
            if forked:
                self.process = Forked(_arguments(data, *options), log, variables)
            else:
                self.process = _begin([*within, *serve_command(data, *options)], log, variables)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.stdout.close()
            self.process.wait(timeout=60)
        assert line.startswith("listening on http://127.0.0.1:"), self.log()
        self.endpoint = line.removeprefix("listening on ").strip()
        self.wire = Wire(self.endpoint, *KEY.split(":"))

    def log(self) -> str:
        return (self.data.parent / "stderr.log").read_text(encoding="utf-8")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.wire.close()
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        self.process.stdout.close()
        assert rest == ""
        return code


def serve_command(data: Path, *options: str) -> list[str]:
    """Return the command line of a server that takes a free port."""
    return [*COMMAND, *_arguments(data, *options)]


def _arguments(data: Path, *options: str) -> list[str]:
    usual = ["--port", "0", "--boot-seconds", "0.05", "--slots", "4", "--access-key", KEY]
    return ["serve", "--data", str(data), *usual, *options]


def _begin(
    command: Sequence[str], log: IO[bytes], variables: Mapping[str, str]
) -> subprocess.Popen[str]:
    # The tests may have been started by nohup, which the service would respect.
    return subprocess.Popen(
        ["env", "--default-signal", *command],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=variables,
    )


def run(
    *arguments: str, within: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [*within, *COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def in_mounts(*commands: str) -> list[str]:
    """Return the beginning of a command line that runs the rest among mounts of its own.

    Args:
        *commands: Shell commands that make them.
    """
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    script = " && ".join([*commands, 'exec "$@"'])
    return [*unshare, "sh", "-c", script, "sh"]


def tmpfs(folder: Path, size: str) -> str:
    """Return the shell command that puts a small file system onto a folder."""
    return f"mount -t tmpfs -o size={size} none {shlex.quote(str(folder))}"
