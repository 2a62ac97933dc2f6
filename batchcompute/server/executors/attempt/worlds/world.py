"""The world that a program sees: its folders, its files, its mappings."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
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

    def starting(self) -> AbstractContextManager[None]:
        """Have this process, while it starts that one, see what that one is to begin with.

        Its working directory may be another one afterwards.
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
    """Remove a folder with what programs left in it, as far as that can be.

    Programs set permissions as they like, and may nest folders deeper than a path can be long or
    Python can call itself. So each folder that is found is moved up to the top before it is looked
    into, and nothing here is recursive.
    """
    # Most are empty, and finding that out by going through them takes five times as long.
    with contextlib.suppress(OSError):
        os.rmdir(folder)
        return
    with contextlib.suppress(OSError):
        top = _open_folder(str(folder))
        try:
            _empty_tree(top)
        finally:
            os.close(top)
        os.rmdir(folder)


def _empty_tree(top: int) -> None:
    """Remove all that is in an open folder, as far as that can be."""
    names = (f"{uuid.uuid4().hex}.{number}" for number in itertools.count())
    waiting = _empty(top, top, names)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):
            folder = _open_folder(name, top)
            try:
                waiting += _empty(folder, top, names)
            finally:
                os.close(folder)
            os.rmdir(name, dir_fd=top)


def _empty(folder: int, top: int, names: Iterator[str]) -> list[str]:
    """Remove files, and move folders to the top; return the names that these have there."""
    if os.fstat(folder).st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.fchmod(folder, stat.S_IRWXU)
    moved: list[str] = []
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        with contextlib.suppress(OSError):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name, dir_fd=folder)
            elif folder == top:
                moved.append(entry.name)
            else:
                name = next(names)
                try:
                    os.rename(entry.name, name, src_dir_fd=folder, dst_dir_fd=top)
                except PermissionError:
                    # Its parent stands in it, and is another one then.
                    os.chmod(entry.name, stat.S_IRWXU, dir_fd=folder)
                    os.rename(entry.name, name, src_dir_fd=folder, dst_dir_fd=top)
                moved.append(name)
    return moved


def _open_folder(name: str, parent: int | None = None) -> int:
    """Open a folder, whatever its permissions are; a link is none."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=parent)
    except PermissionError:
        os.chmod(name, stat.S_IRWXU, dir_fd=parent)
        return os.open(name, flags, dir_fd=parent)
