"""The world that a program sees: its folders, its files, its mappings."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from batchcompute.server.executors.attempt.files.mappings import Mappings
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model.environment import DEFAULT_PATH

_LONGEST_DETAIL = 2000


class Workspace:
    """The folders that an attempt may fill, below its own folder.

    Attributes:
        work: The working directory; the program knows it by this path.
        root: What is the root of the file system in a namespace; the private /tmp without one.
    """

    __slots__ = ("_folder", "root", "work")

    def __init__(self, folder: str | Path) -> None:
        """Name the folders.

        Args:
            folder: The attempt's folder.
        """
        # As text: making a `Path` takes longer than most of what uses it, and every attempt does.
        self._folder = str(folder)
        self.work = f"{self._folder}/work"
        self.root = f"{self._folder}/root"

    @property
    def folder(self) -> Path:
        """The attempt's folder."""
        return Path(self._folder)

    @property
    def scratch(self) -> Path:
        """Files that the program does not know by this path."""
        return self.folder / "scratch"

    @property
    def temporary(self) -> str:
        """The folder that the program sees as /tmp in a namespace."""
        return f"{self.root}/tmp"

    def stream(self, name: str) -> Path:
        """The file that collects "stdout" or "stderr"."""
        return self.folder / name

    def last_words(self) -> str:
        """Return the end of what was said on standard error."""
        try:
            words = self.stream("stderr").read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return words[-_LONGEST_DETAIL:].strip()

    def remove(self) -> None:
        """Remove everything but what the record needs."""
        with contextlib.suppress(OSError):
            # Empty, more often than not, and then the root is as well.
            os.rmdir(self.temporary)
        for folder in (Path(self.work), Path(self.root), self.scratch):
            remove_tree(folder)
        for name in ("stdout", "stderr"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.stream(name))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file comes from that a program found and left as it was.

    Attributes:
        place: Where its input, which may be a folder around it, is mapped to.
        address: The object that it is.
    """

    place: str
    address: str


class Surroundings(Protocol):
    """Prepares the world of one program, and knows where its files are for us."""

    def prepare(self, attempt: Attempt, mappings: Mappings) -> None:
        """Make everything that the program expects.

        Raises:
            AttemptFailure: A mapping cannot be made.
        """

    def command(self, attempt: Attempt, status_fd: int) -> tuple[list[str], dict[str, str]]:
        """Return the arguments and the environment of the process to start.

        Args:
            attempt: The attempt.
            status_fd: An inherited descriptor to which a sandbox can write what became of it.
        """
        ...

    @property
    def reports_status(self) -> bool:
        """True if a sandbox stands between us and the program and writes to `status_fd`."""
        ...

    @property
    def keeps_stderr(self) -> bool:
        """True if standard error may tell us something, also where nobody else wants it."""
        ...

    def end_rest(self) -> bool:
        """End what of the program is not below this process; return False if that failed."""
        ...

    def check_end(self, exit_code: int, status: int) -> None:
        """Look at the end of a program that was not ended by us.

        Args:
            exit_code: Its exit code.
            status: Where to read what was written to `status_fd`; -1 if nothing is.

        Raises:
            AttemptFailure: It was not the program that ended.
        """

    def host_path(self, local: str) -> Path:
        """Return where a file that the program calls `local` is for us, with all links followed.

        Raises:
            ValueError: The program's links lead to something that was not its own.
        """
        ...

    def parts(self, local: str) -> list[tuple[str, Path]]:
        """Return what a folder of the program consists of: itself, and folders mapped below it.

        Returns:
            For each its path as the program knows it, and where it is for us. Inputs that the
            program cannot write to are left out.
        """
        ...

    def is_input(self, local: str) -> bool:
        """Return whether an input is mapped to just this path."""
        ...

    def origin(self, local: str) -> Origin | None:
        """Return the input that a file is, or None if the program made or changed it."""
        ...

    @property
    def killed_for_memory(self) -> bool:
        """True if whoever made the world says that the program needed more memory than it has."""
        ...

    def clean_up(self) -> None:
        """Undo what `prepare` did outside the attempt's folder."""

    @property
    def spares_process(self) -> bool:
        """True if this process can go on to prepare the world of another program."""
        ...


def step_in_tmp(path: str) -> str:
    """Return the folder in /tmp by which a path leads on; "" if it is not below /tmp."""
    parts = Path(path).parts
    return f"/tmp/{parts[2]}" if parts[:2] == ("/", "tmp") and len(parts) > 2 else ""


def default_environment(work: str, temporary: str, user: str) -> dict[str, str]:
    """Return the variables that a program has although nobody gave them."""
    return {
        "PATH": DEFAULT_PATH,
        "HOME": work,
        "PWD": work,
        "USER": user,
        "TMPDIR": temporary,
    }


def remove_tree(folder: Path) -> None:
    """Remove a folder with what programs left in it, however they set its permissions."""
    try:
        # Most are empty, and finding that out by going through them takes five times as long.
        with contextlib.suppress(OSError):
            os.rmdir(folder)
            return
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError:
        for path, _, _ in os.walk(folder):
            for entry in os.scandir(path):
                if entry.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError):
                        os.chmod(entry.path, stat.S_IRWXU)
        shutil.rmtree(folder, ignore_errors=True)
