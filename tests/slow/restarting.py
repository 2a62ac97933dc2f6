"""A service that is killed and started again, and a caller who does not give up."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
import pytest

from tests.emulator.forked import Forked
from tests.emulator.wire import Wire

#: How programs are kept apart, for tests that are run both ways.
ISOLATIONS = (
    "process-group",
    pytest.param(
        "namespace",
        marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="there is no bubblewrap"),
    ),
)

T = TypeVar("T")

_KEY = "testKey:testSecret"
#: Seconds; far more than anything takes.
_PATIENCE = 100


class Restarting:
    """A service on one data folder, in a process that is started again whenever it is gone.

    Attributes:
        data: Its folder.
        starts: How often it was started.
    """

    def __init__(
        self,
        data: Path,
        environment: Mapping[str, str] | None = None,
        isolation: str = "process-group",
        slots: int = 4,
        options: Sequence[str] = (),
    ) -> None:
        self.data = data
        self.starts = 0
        self._options = ["--isolation", isolation, "--slots", str(slots), *options]
        self._environment = {**os.environ, **(environment or {})}
        self._process: Forked | None = None
        self._wire: Wire | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """The running server, started again if it was gone."""
        self._revive()
        assert self._process is not None
        return self._process.pid

    def call(self, request: Callable[[Wire], T]) -> T:
        """Send a request, again and again if the server dies of it."""
        while True:
            self._revive()
            assert self._wire is not None
            try:
                return request(self._wire)
            except httpx.TransportError:
                # Only a dead server excuses a broken connection.
                assert self._process is not None
                assert self._process.wait(timeout=_PATIENCE) == -signal.SIGKILL, self.log()

    def once(self, request: Callable[[Wire], T]) -> T:
        """Send a request to the server that runs, once.

        Raises:
            httpx.TransportError: The server died of it.
        """
        self._revive()
        assert self._wire is not None
        return request(self._wire)

    def await_death(self) -> None:
        """Wait until the server has been killed; the next call starts another."""
        assert self._process is not None
        assert self._process.wait(timeout=_PATIENCE) == -signal.SIGKILL, self.log()

    def kill(self) -> None:
        """Kill the server; the next call starts another."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Stop the server in order, with all that runs."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(timeout=_PATIENCE)
        self._drop()

    def log(self) -> str:
        """What all servers have said."""
        return (self.data.parent / "service.log").read_text(encoding="utf-8")

    def _revive(self) -> None:
        while self._process is None or self._process.poll() is not None:
            if self._process is not None:
                assert self._process.returncode == -signal.SIGKILL, self.log()
                self._drop()
            self._start()

    def _drop(self) -> None:
        assert self._process is not None
        self._process.stdout.close()
        if self._wire is not None:
            self._wire.close()
        self._process = self._wire = None

    def _start(self) -> None:
        self.starts += 1
        command = ["serve", "--data", str(self.data)]
        command += ["--port", "0", "--boot-seconds", "0", "--access-key", _KEY, "--stop-instances"]
        command += self._options
        with (self.data.parent / "service.log").open("ab") as log:
            self._process = Forked(command, log, self._environment)
        line = self._process.stdout.readline()
        if line:
            endpoint = line.removeprefix("listening on ").strip()
            self._wire = Wire(endpoint, *_KEY.split(":"))
        else:
            # It died before it listened, which `_revive` judges.
            self._process.wait(timeout=_PATIENCE)
