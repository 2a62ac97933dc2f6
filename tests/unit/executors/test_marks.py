"""Processes that carry a mark, wherever they have gone."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from batchcompute.server.executors.attempt import marks
from tests.processes import status

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there all are found")

_PATIENCE = 60.0

#: Starts a shell that carries the first mark, and tells the number of each process: one that has
#: left its session, its environment and those above it, and one that does not carry the mark.
_PROGRAM = """
import subprocess, sys
from batchcompute.server.executors.attempt import marks

assert marks.carry(int(sys.argv[1]))
away = "setsid env -i /bin/bash -c 'echo $$; exec sleep 600'"
without = "bash -c 'ulimit -S -x unlimited; echo $$; exec sleep 600'"
command = f"({away} &); {without} & echo $$; exec sleep 600"
sys.exit(subprocess.call(["bash", "-c", command]))
"""


@pytest.fixture
def carriers() -> Iterator[tuple[int, list[int]]]:
    """Return a mark, and the processes that carry it or are below those."""
    mark = marks.mark_of(uuid.uuid4().hex)
    arguments = [sys.executable, "-c", _PROGRAM, str(mark)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        numbers = [program.pid]
        while len(numbers) < 4:
            numbers += map(int, program.stdout.readline().split())
        yield mark, numbers
        while marks.kill({mark}):
            time.sleep(0.01)


def _are_gone(processes: list[int]) -> bool:
    return all(status(each)[:1] in ([b"Z"], [b"X"], []) for each in processes)


def test_all_that_carry_a_mark_are_killed(carriers: tuple[int, list[int]]) -> None:
    mark, numbers = carriers
    assert marks.kill({marks.mark_of("another")}) is False
    assert not any(_are_gone([each]) for each in numbers)
    assert marks.kill({mark, marks.mark_of("another")})
    deadline = time.monotonic() + _PATIENCE
    while marks.kill({mark}) or not _are_gone(numbers):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # One that nobody asked how it ended is no carrier any more.
    assert status(numbers[0])[:1] == [b"Z"]


def test_number_that_another_process_has_by_now_is_left_alone(
    carriers: tuple[int, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, numbers = carriers
    look, later = marks._look, itertools.count()

    def look_at_another(number: int) -> marks._Process | None:
        found = look(number)
        return found and replace(found, started_at=found.started_at + next(later))

    with monkeypatch.context() as patched:
        patched.setattr(marks, "_look", look_at_another)
        assert marks.kill({mark}) is False
    assert not any(_are_gone([each]) for each in numbers)


def test_processes_are_killed_where_there_are_no_descriptors_of_them(
    carriers: tuple[int, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, numbers = carriers
    monkeypatch.delattr(os, "pidfd_open")
    assert marks.kill({mark})
    deadline = time.monotonic() + _PATIENCE
    while not _are_gone(numbers):
        assert time.monotonic() < deadline
        time.sleep(0.01)
