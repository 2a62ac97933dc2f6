"""Publishing the output of running programs costs little, and never follows links."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.files import live
from batchcompute.server.executors.attempt.files.live import LiveFiles
from batchcompute.server.executors.attempt.files.mappings import Mappings
from batchcompute.server.executors.attempt.worlds.plain import Plain
from batchcompute.server.executors.attempt.worlds.world import Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import open_store


class _Counted(LiveFiles):
    """Publishes nothing, and adds up what would be."""

    total = 0
    publications = 0

    def _fork(self, pieces: Sequence[live._Piece]) -> bool:
        self.total += sum(piece.size for piece in pieces)
        self.publications += 1
        return False


@pytest.fixture
def files(tmp_path: Path) -> _Counted:
    objects = open_store(tmp_path / "objects")
    workspace = Workspace(tmp_path / "attempt")
    workspace.folder.mkdir()
    world = Plain(workspace, objects, tmp_path, [tmp_path], "somebody")
    attempt = Attempt("a.1", "pool", "vm", "true", stdout="oss://b/out")
    return _Counted(objects, world, workspace, attempt, Mappings())


def _grow(files: _Counted, tmp_path: Path, step: int, count: int) -> int:
    stdout = tmp_path / "attempt" / "stdout"
    now = time.monotonic()
    for _ in range(count):
        if step:
            with stdout.open("ab") as file:
                file.truncate(file.tell() + step)
        now += 60.0
        files.tick(now)
    return stdout.stat().st_size


def test_long_output_costs_a_few_times_its_length(files: _Counted, tmp_path: Path) -> None:
    size = _grow(files, tmp_path, 1 << 20, 300)
    assert 2 * size < files.total <= 6 * size + (1 << 20)
    assert files.publications > 15


def test_short_output_is_published_whenever_it_grows(files: _Counted, tmp_path: Path) -> None:
    _grow(files, tmp_path, 50, 100)
    assert files.publications == 100


def test_output_that_does_not_change_is_published_once(files: _Counted, tmp_path: Path) -> None:
    _grow(files, tmp_path, 50, 1)
    _grow(files, tmp_path, 0, 20)
    assert files.publications == 1


def test_programs_that_end_soon_cost_nothing(files: _Counted, tmp_path: Path) -> None:
    (tmp_path / "attempt" / "stdout").write_text("x")
    files.tick(time.monotonic() + live.FIRST_SECONDS / 2)
    assert files.publications == 0
    files.tick(time.monotonic() + live.FIRST_SECONDS)
    assert files.publications == 1


def test_links_are_not_followed(tmp_path: Path) -> None:
    inside, secret = tmp_path / "inside", tmp_path / "secret"
    (inside / "folder").mkdir(parents=True)
    secret.mkdir()
    (secret / "file").write_text("secret")
    (inside / "folder" / "file").write_text("own")
    os.close(live._open(inside / "folder" / "file", inside))
    (inside / "link").symlink_to(secret / "file")
    (inside / "other").symlink_to(secret)
    for path in (inside / "link", inside / "other" / "file"):
        with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
            live._open(path, inside)
    # The way to the folder itself may lead through links.
    (tmp_path / "way").symlink_to(inside)
    os.close(live._open(tmp_path / "way" / "folder" / "file", tmp_path / "way"))
