"""Places of this machine that several attempts want, one after the other or some of them dead."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.worlds.places import Places


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture
def free(tmp_path: Path) -> Path:
    """A folder of this machine in which programs want places."""
    (tmp_path / "free").mkdir()
    return tmp_path / "free"


@contextmanager
def another(work: Callable[[], object]) -> Iterator[int]:
    """Have another process do something and then stand still; it is killed afterwards."""
    ours, its = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(ours)
            work()
            os.write(its, b".")
            signal.pause()
        finally:
            os._exit(1)
    os.close(its)
    try:
        assert os.read(ours, 1) == b"."
        yield process
    finally:
        os.close(ours)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def make(places: Places, *paths: Path) -> None:
    """Hold places and put a file at each."""
    places.hold(map(str, paths))
    for path in paths:
        places.make_folder(str(path.parent), "all")
        places.note(str(path), "all")
        path.touch()


def test_what_was_made_is_taken_away(notes: Path, free: Path) -> None:
    places = Places(notes)
    make(places, free / "a" / "b" / "file", free / "single")
    (free / "a" / "b" / "left").mkdir()
    places.release()
    assert os.listdir(free) == []
    assert os.listdir(notes) == ["locks"]


def test_folder_with_the_files_of_others_stays(notes: Path, free: Path) -> None:
    places = Places(notes)
    make(places, free / "a" / "b" / "file")
    (free / "a" / "mine").touch()
    places.release()
    assert os.listdir(free / "a") == ["mine"]
    assert os.listdir(notes) == ["locks"]


def test_folder_that_was_there_is_emptied(notes: Path, free: Path) -> None:
    places = Places(notes)
    places.hold([str(free)])
    places.note(str(free), "content")
    (free / "file").touch()
    (free / "folder" / "deep").mkdir(parents=True)
    places.release()
    assert os.listdir(free) == []


def test_what_a_killed_process_left_is_taken_away_by_the_next(notes: Path, free: Path) -> None:
    with another(lambda: make(Places(notes), free / "a" / "file")):
        assert (free / "a" / "file").exists()
    places = Places(notes)
    # Whatever it wants itself.
    places.hold([str(free / "other")])
    assert os.listdir(free) == []
    places.release()
    assert os.listdir(notes) == ["locks"]


def test_its_own_place_is_free_after_a_killed_process(notes: Path, free: Path) -> None:
    with another(lambda: make(Places(notes), free / "a" / "file")):
        pass
    places = Places(notes)
    make(places, free / "a" / "file")
    assert os.listdir(free / "a") == ["file"]
    places.release()


def test_folder_that_another_uses_stays_until_that_has_ended(notes: Path, free: Path) -> None:
    with another(lambda: make(Places(notes), free / "a" / "its")):
        places = Places(notes)
        make(places, free / "a" / "mine")
        places.release()
        assert os.listdir(free / "a") == ["its"]
    places.hold([str(free / "other")])
    places.release()
    assert os.listdir(free) == []


def test_one_waits_for_a_place_of_another_and_not_for_a_place_beside_it(
    notes: Path, free: Path
) -> None:
    ours, its = os.pipe()

    def work() -> None:
        places = Places(notes)
        places.hold([str(free / "a" / "inner")])
        os.write(its, b"has it")

    places = Places(notes)
    places.hold([str(free / "a")])
    with another(lambda: Places(notes).hold([str(free / "b")])):
        pass
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    try:
        os.set_blocking(ours, False)
        with pytest.raises(BlockingIOError):
            os.read(ours, 16)
        places.release()
        os.set_blocking(ours, True)
        assert os.read(ours, 16) == b"has it"
    finally:
        os.waitpid(process, 0)
        os.close(ours)
        os.close(its)
