"""Removing what programs leave, whatever that is."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.worlds.world import remove_tree

#: Folders in folders, more than a path can name.
_NESTED = """
import os, sys
os.chdir(sys.argv[1])
for _ in range(150):
    os.mkdir("d" * 60)
    open("file", "w").close()
    os.chdir("d" * 60)
"""


def test_folders_nested_deeper_than_any_path_are_removed(tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    subprocess.run([sys.executable, "-c", _NESTED, str(left)], check=True, timeout=60)
    limit, depth = sys.getrecursionlimit(), len(inspect.stack(0))
    # As with thousands of folders, which take seconds to make and to remove.
    sys.setrecursionlimit(depth + 120)
    try:
        remove_tree(left)
    finally:
        sys.setrecursionlimit(limit)
    assert not left.exists()


def test_folders_that_may_not_be_read_or_changed_are_removed(tmp_path: Path) -> None:
    left, other = tmp_path / "left", tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    for mode in (0o000, 0o500, 0o300):
        below = left / f"{mode}" / "below"
        below.mkdir(parents=True)
        (below / "file").touch()
        (below / "link").symlink_to(other)
        below.chmod(mode)
        below.parent.chmod(mode)
    if os.getuid():
        with pytest.raises(PermissionError):
            os.listdir(left / "0" / "below")
    remove_tree(left)
    assert not left.exists()
    assert (other / "kept").exists()


def test_neither_a_link_nor_what_is_not_there_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kept").touch()
    (tmp_path / "link").symlink_to("other")
    for name in ("none", "link"):
        remove_tree(tmp_path / name)
    assert (tmp_path / "other" / "kept").exists()
