"""A data folder and a database that belong together, and all that do not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.model.errors import StartError
from batchcompute.server.process.data_folder import DataFolder
from batchcompute.server.process.pairing import pair
from batchcompute.server.store.database import Database

NOW = 1_700_000_000_000_000


class Pair:
    """A folder and a database, on which services are started one after the other."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder = folder
        self.database = database

    def start(self, *, adopt: bool = False) -> bool:
        folder = DataFolder(self.folder)
        folder.create()
        database = Database(f"sqlite:///{self.database}", now=NOW)
        try:
            return pair(folder, database, now=NOW, adopt=adopt)
        finally:
            database.close()

    def refusal(self) -> str:
        """Start, be refused, and see that this has changed nothing."""
        before = DataFolder(self.folder).identity()
        with pytest.raises(StartError) as refused:
            self.start()
        assert DataFolder(self.folder).identity() == before
        with pytest.raises(StartError) as again:
            self.start()
        assert str(again.value) == str(refused.value)
        assert "--adopt-database" in str(again.value)
        return str(again.value)

    def ids(self) -> str:
        database = Database(f"sqlite:///{self.database}", now=NOW)
        try:
            return database.identifiers.job(1)
        finally:
            database.close()


@pytest.fixture
def started(tmp_path: Path) -> Pair:
    made = Pair(tmp_path / "folder", tmp_path / "database.db")
    for _ in range(3):
        assert not made.start()
    return made


def test_a_pair_is_started_again_and_again(started: Pair) -> None:
    identity = DataFolder(started.folder).identity()
    assert not started.start()
    after = DataFolder(started.folder).identity()
    assert identity is not None
    assert after is not None
    assert (after.folder, after.starts) == (identity.folder, identity.starts + 1)
    assert not started.start(adopt=True)


def test_another_folder_is_refused_until_it_adopts(started: Pair, tmp_path: Path) -> None:
    other = Pair(tmp_path / "other", started.database)
    before = other.ids()
    sentence = other.refusal()
    assert "database.db belongs to the data folder" in sentence
    assert f":{tmp_path}/folder, not to {tmp_path}/other" in sentence
    assert "second time" in sentence
    assert other.start(adopt=True)
    assert not other.start()
    assert other.ids() > before
    assert "belongs to the data folder" in started.refusal()


def test_a_used_folder_is_refused_with_another_new_database(started: Pair, tmp_path: Path) -> None:
    other = Pair(started.folder, tmp_path / "new.db")
    assert "belongs to another database" in other.refusal()
    assert other.start(adopt=True)
    assert not other.start()
    assert "is older than the data folder" in started.refusal()


def test_a_restored_database_is_refused_beside_a_newer_folder(
    started: Pair, tmp_path: Path
) -> None:
    shutil.copy(started.database, tmp_path / "copy.db")
    before = started.ids()
    assert not started.start()
    copy = Pair(started.folder, tmp_path / "copy.db")
    sentence = copy.refusal()
    assert "is older than the data folder" in sentence
    assert "3 times and the folder 4 times" in sentence
    assert copy.start(adopt=True)
    assert not copy.start()
    # What the lost one has given is not given again, and order by id stays order of creation.
    assert copy.ids() > before


@pytest.mark.parametrize("starts", [1, 2])
def test_a_restored_folder_is_refused_beside_a_newer_database(
    started: Pair, tmp_path: Path, starts: int
) -> None:
    shutil.copytree(started.folder, tmp_path / "copy")
    for _ in range(starts):
        assert not started.start()
    copy = Pair(tmp_path / "copy", started.database)
    assert "is older than the database" in copy.refusal()
    assert copy.start(adopt=True)
    assert "is older than the database" in started.refusal()


def test_a_moved_folder_belongs_to_its_database_still(started: Pair, tmp_path: Path) -> None:
    started.folder.rename(tmp_path / "moved")
    assert not Pair(tmp_path / "moved", started.database).start()


@pytest.mark.parametrize("former", [0, 2])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_start_that_is_broken_off_leaves_a_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, former: int, step: int
) -> None:
    made = Pair(tmp_path / "folder", tmp_path / "database.db")
    for _ in range(former):
        made.start()
    left = step

    def broken(original: Callable[..., Any]) -> Callable[..., Any]:
        def write(*arguments: Any) -> None:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1
            original(*arguments)

        return write

    monkeypatch.setattr(DataFolder, "store_identity", broken(DataFolder.store_identity))
    module = "batchcompute.server.process.pairing.write_owner"
    from batchcompute.server.store.owner import write_owner

    monkeypatch.setattr(module, broken(write_owner))
    with pytest.raises(KeyboardInterrupt):
        made.start()
    monkeypatch.undo()
    assert not made.start()
    assert not made.start()


def test_a_damaged_identity_is_named(started: Pair) -> None:
    (started.folder / "identity.json").write_text("{}")
    with pytest.raises(StartError, match=r"identity.json cannot be read"):
        started.start()


def test_a_database_file_has_one_server(started: Pair, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(started.database)
    database = Database(f"sqlite:///{started.database}", now=NOW)
    try:
        for file in (started.database, tmp_path / "link.db"):
            with pytest.raises(StartError, match=r"another server \(process \d+\) already uses"):
                Database(f"sqlite:///{file}", now=NOW)
    finally:
        database.close()
    Database(f"sqlite:///{started.database}", now=NOW).close()
