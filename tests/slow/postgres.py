"""A private PostgreSQL, reached by a socket in a temporary folder and gone afterwards."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest

_ADMINISTRATOR = "postgres"
#: Where Debian keeps what is not on the path.
_DEBIAN = "/usr/lib/postgresql"
#: Whose processes it runs as if the test is root's, which PostgreSQL refuses.
_USERS = ("postgres", "nobody")


def find_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None if there is none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path(_DEBIAN).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


class Postgres:
    """A running server of databases."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """Make its files and start it.

        Args:
            programs: See `find_programs`.
            folder: An empty folder.
        """
        self._programs = programs
        self._folder = folder
        if (user := _user()) is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        # With its owner, and with the times of its files.
        subprocess.run(["cp", "-a", _new_files(programs), folder / "data"], check=True)
        self.start()

    def start(self) -> None:
        """Start it; it answers when this returns."""
        # Nothing on the network: a socket that only this folder's users find.
        options = f"-c listen_addresses='' -c unix_socket_directories={self._folder}"
        self._control("start", "-o", options, "-l", f"{self._folder}/log")

    def crash(self) -> None:
        """End it as a power cut would: nobody is told, nothing is finished."""
        self._control("stop", "-m", "immediate")

    def close(self) -> None:
        """End it."""
        self._control("stop", "-m", "fast")

    def database(self, name: str) -> str:
        """Make a database; return its URL."""
        with psycopg.connect(
            host=str(self._folder), user=_ADMINISTRATOR, autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql://{_ADMINISTRATOR}@/{name}?host={self._folder}"

    def execute(self, statement: str, url: str) -> None:
        """Carry out a statement in a database that is named by its URL."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-w", "-t", "100", "-D", f"{self._folder}/data", *words)

    def _run(self, program: str, *arguments: str) -> None:
        _run(self._programs / program, *arguments, words=self._folder / "words")


@contextmanager
def postgres_if_there() -> Iterator[Postgres | None]:
    """Run a PostgreSQL for a block; yield None where it is not installed."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    with postgres(programs) as running:
        yield running


@contextmanager
def postgres_or_skip() -> Iterator[Postgres]:
    """Run a PostgreSQL for a block, or skip the tests that need it."""
    programs = find_programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL")
    with postgres(programs) as running:
        yield running


@contextmanager
def postgres(programs: Path) -> Iterator[Postgres]:
    """Run a PostgreSQL for some tests."""
    # Short, as paths of sockets have to be, and open to the user that it runs as.
    folder = Path(tempfile.mkdtemp(prefix="batchcompute-pg-", dir="/var/tmp"))
    try:
        server = Postgres(programs, folder)
        try:
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(folder)


@cache
def _new_files(programs: Path) -> Path:
    """Return the files of a PostgreSQL that has not been started yet, made once in a process."""
    folder = Path(tempfile.mkdtemp(prefix="batchcompute-pg-", dir="/var/tmp"))
    atexit.register(shutil.rmtree, folder)
    if (user := _user()) is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    make = ["--auth=trust", f"--username={_ADMINISTRATOR}", "--no-locale", "--encoding=UTF8"]
    make += ["--no-sync", f"--pgdata={folder}/data"]
    _run(programs / "initdb", *make, words=folder / "words")
    return folder / "data"


def _run(program: Path, *arguments: str, words: Path) -> None:
    """Run one of its programs to its end, as a user that it accepts."""
    prefix: list[str] = []
    if (user := _user()) is not None:
        identity = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        prefix = ["setpriv", *identity]
    # What pg_ctl starts keeps its streams, so they are no pipes, whose end would never come.
    with words.open("ab") as streams:
        subprocess.run(
            [*prefix, str(program), *arguments],
            stdout=streams,
            stderr=streams,
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=120,
            cwd="/",
        )


def _user() -> pwd.struct_passwd | None:
    """Return whom it runs as; None if it can run as the user of the tests."""
    if os.geteuid() != 0:
        return None
    return next(pwd.getpwnam(name) for name in _USERS if _exists(name))


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
