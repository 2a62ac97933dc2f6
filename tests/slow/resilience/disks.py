"""A server, part of whose data lie on a file system that can be filled."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.emulator.serving import Serve, in_mounts, tmpfs

_PIECE = 4096


class Disk:
    """A small file system in memory, in mounts that the server shares with nobody.

    Attributes:
        server: The server.
        folder: The file system, as this process reaches it.
    """

    server: Serve

    def __init__(
        self, serve: Callable[..., Serve], place: Path, size: str, options: Sequence[str] = ()
    ) -> None:
        """Make the file system and start a server.

        Args:
            serve: Starts a server.
            place: A folder of its data.
            size: Bytes, as `mount` takes them.
            options: More words for the command line of the server.
        """
        self._serve = serve
        self._options = options
        self._place = place
        # Holds the mounts, which a killed server would take along.
        self._keeper = subprocess.Popen(
            [*in_mounts(tmpfs(place, size)), "sh", "-c", "echo ready && exec sleep infinity"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._keeper.stdout is not None
        self.folder = Path(f"/proc/{self._keeper.pid}/root{place}")
        self._filler = self.folder / "filler"
        try:
            with self._keeper.stdout as words:
                assert words.readline() == "ready\n"
            self.start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the mounts."""
        self._keeper.kill()
        self._keeper.wait()

    def start(self) -> None:
        """Start a server among the mounts."""
        self.server = self._serve(*self._options, within=self.enter())

    def kill(self) -> None:
        """Kill the server."""
        assert self.server.end(signal.SIGKILL) == -signal.SIGKILL

    def fill(self, leave: int = 0) -> None:
        """Leave at most so many bytes free; without a number not one."""
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while shutil.disk_usage(self.folder).free > leave or not leave:
                file.write(bytes(_PIECE))

    def clear(self) -> None:
        """Give the space back."""
        self._filler.unlink()

    def forbid_writing(self) -> None:
        """Let nothing more be opened in order to write it; what is open already can be written."""
        place = str(self._place)
        self._run("mount", "--bind", place, place)
        self._run("mount", "-o", "remount,bind,ro", place)

    def allow_writing(self) -> None:
        """Undo `forbid_writing`."""
        self._run("umount", "--lazy", str(self._place))

    def enter(self) -> list[str]:
        """Return the beginning of a command line that runs the rest among the mounts."""
        enter = ["nsenter", "--target", str(self._keeper.pid), "--mount"]
        if os.geteuid() != 0:
            enter += ["--user", "--preserve-credentials"]
        return enter

    def _run(self, *command: str) -> None:
        subprocess.run([*self.enter(), *command], check=True, capture_output=True)
