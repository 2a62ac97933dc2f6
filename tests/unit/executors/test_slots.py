"""The folder of a shim is as new for each attempt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batchcompute.server.executors.agent.slots import ATTEMPTS, SLOTS, Slot
from batchcompute.server.executors.attempt.worlds.world import step_in_tmp


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    for name in (ATTEMPTS, f"{SLOTS}/boot"):
        (tmp_path / name).mkdir(parents=True)
    return Slot(tmp_path, "boot", 1, namespaces=True)


def _stamps(folder: Path) -> list[int]:
    return [os.stat(folder / name).st_ino for name in ("work", "root", "root/tmp")]


def test_folders_that_nobody_touched_are_used_again(slot: Slot) -> None:
    # At once, so that a time of change says nothing.
    folder = slot.claim("a.1").folder
    before = _stamps(folder)
    assert slot.is_clean()
    assert _stamps(folder) == before
    slot.release()
    assert _stamps(slot.claim("a.2").folder) == before


@pytest.mark.parametrize("name", ["work", "root", "root/tmp"])
def test_files_make_it_unclean(slot: Slot, name: str) -> None:
    folder = slot.claim("a.1").folder
    (folder / name / "left").touch()
    assert not slot.is_clean()
    assert slot.clean()
    assert not list((folder / "work").iterdir())
    assert slot.is_clean()


def test_permissions_are_as_they_were(slot: Slot) -> None:
    folder = slot.claim("a.1").folder
    modes = [(folder / name).stat().st_mode for name in ("work", "root", "root/tmp")]
    for name in ("root/tmp", "root", "work"):
        (folder / name).chmod(0o700)
    assert slot.is_clean()
    assert [(folder / name).stat().st_mode for name in ("work", "root", "root/tmp")] == modes


@pytest.mark.parametrize("change", ["mode", "file", "attribute"])
def test_changes_are_seen_that_leave_the_time(slot: Slot, change: str) -> None:
    """A file system may take two changes, one soon after the other, for one moment."""
    folder = slot.claim("a.1").folder
    work = folder / "work"
    if change == "mode":
        work.chmod(0o711)
    elif change == "file":
        (work / "left").touch()
    else:
        try:
            os.setxattr(work, "user.note", b"left")
        except OSError:
            pytest.skip("this file system has no extended attributes")
    status = os.stat(work)
    assert not slot._is_as_made("work", str(work), status)
    assert slot._is_as_made("root", str(folder / "root"), os.stat(folder / "root"))


@pytest.mark.parametrize(("data", "step"), [("/tmp/a/b", "/tmp/a"), ("/tmp", "/tmp/attempts")])
def test_way_to_a_working_directory_in_tmp_begins_with_one_folder(data: str, step: str) -> None:
    assert step_in_tmp(f"{data}/{ATTEMPTS}") == step


@pytest.mark.parametrize("data", ["/srv/tmp/a", "/tmpfs/a", "/"])
def test_other_working_directories_have_no_way_in_tmp(data: str) -> None:
    assert step_in_tmp(f"{data}/{ATTEMPTS}") == ""
