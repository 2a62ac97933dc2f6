"""What keeps the service from starting is said in one sentence, and harms nothing."""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.model.errors import StartError
from batchcompute.server.process.data_folder import DataFolder
from batchcompute.server.store.database import SCHEMA_VERSION
from batchcompute.server.store.network_folder import network_kind
from tests.emulator.serving import Serve, run, serve_command
from tests.emulator.wire import Wire, task


def _refusal(data: Path, database: str = "") -> str:
    """Start a server that refuses; return the sentence in which it does."""
    with pytest.raises(StartError) as refused, LocalServer(data, database=database):
        pass
    return str(refused.value)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service that has run and remembers a job."""
    with LocalServer(tmp_path / "data", boot_seconds=0) as server:
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        wire.ended(wire.job({"t": task("true", wire.cluster(1))}))
        wire.close()
    return tmp_path / "data"


def test_database_that_is_none_is_refused_and_kept(data: Path) -> None:
    (data / "service.db").write_bytes(b"no database " * 1000)
    found = run(*serve_command(data)[3:])
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
    said = f"error: the database {data}/service.db cannot be opened: file is not a database\n"
    assert found.stderr == said
    assert (data / "service.db").read_bytes().startswith(b"no database ")


def test_damaged_database_is_refused(data: Path) -> None:
    file = data / "service.db"
    content = bytearray(file.read_bytes())
    # The first page, which says what it is, is whole.
    content[4096:] = random.Random(1).randbytes(len(content) - 4096)
    file.write_bytes(content)
    sentence = _refusal(data)
    assert "database disk image is malformed" in sentence


@pytest.mark.parametrize(
    ("version", "word"), [(str(int(SCHEMA_VERSION) + 1), "newer"), ("0", "another")]
)
def test_tables_of_another_version_are_refused_and_left_alone(
    data: Path, version: str, word: str
) -> None:
    with sqlite3.connect(data / "service.db") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (version,))
        # Newer tables may lack some of ours.
        connection.execute("DROP TABLE images")
    connection.close()
    sentence = _refusal(data)
    assert f"were made by {word} version of this program (tables {version}" in sentence.replace(
        "a newer", "newer"
    )
    with sqlite3.connect(data / "service.db") as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE name = 'images'")
        assert found.fetchall() == []
    connection.close()


def test_url_that_is_none_is_refused(tmp_path: Path) -> None:
    sentence = _refusal(tmp_path / "data", "my:secret word")
    assert "the database of this URL cannot be opened" in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    "url", ["postgresql://u:secret@host:abc/db", "postgresql://u:my@very:secret@host/db"]
)
def test_port_that_is_no_number_is_refused(tmp_path: Path, url: str) -> None:
    found = run(*serve_command(tmp_path / "data")[3:], "--database", url)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == (
        "error: the database of this URL cannot be opened: its port is not a number "
        "(write @ and : in a password as %40 and %3A)\n"
    )


def test_password_of_a_database_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql://somebody:mypassword@127.0.0.1:1/none"
    sentence = _refusal(tmp_path / "data", url)
    assert "cannot be opened" in sentence
    assert "mypassword" not in sentence


def test_objects_that_are_gone_are_said_and_made_anew(
    data: Path, serve: Callable[..., Serve]
) -> None:
    (data / "objects").rename(data / "elsewhere")
    server = serve()
    assert f"the folder of the objects, {data}/objects, is gone" in server.log()
    job = server.wire.job({"t": task("true", server.wire.cluster(1))})
    assert server.wire.ended(job)["State"] == "Finished"


def test_who_only_looks_keeps_no_server_from_starting(tmp_path: Path) -> None:
    """Scripts ask again and again whether the server runs until it does."""
    folder, other = DataFolder(tmp_path), DataFolder(tmp_path)
    folder.create()
    with ThreadPoolExecutor(1) as pool:
        with (tmp_path / "lock").open("a") as looked_at:
            # What `env` does for a moment.
            fcntl.flock(looked_at, fcntl.LOCK_SH)
            taken = pool.submit(folder.lock)
            with pytest.raises(TimeoutError):
                taken.result(timeout=0.2)
        taken.result(timeout=60)
    with pytest.raises(StartError, match=f"another server .process {os.getpid()}. already uses"):
        other.lock()
    folder.unlock()


def test_link_to_a_disk_that_is_not_there_is_refused(data: Path) -> None:
    (data / "objects").rename(data / "elsewhere")
    (data / "objects").symlink_to(data / "not-mounted" / "objects")
    sentence = _refusal(data)
    assert f"{data}/objects" in sentence
    assert "link to nothing" in sentence
    assert not (data / "not-mounted").exists()


@pytest.mark.parametrize("name", ["data", "data/below"])
def test_data_folder_behind_a_dangling_link_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").symlink_to(tmp_path / "not-mounted" / "data")
    sentence = _refusal(tmp_path / name)
    assert f"{tmp_path}/data" in sentence
    assert not (tmp_path / "not-mounted").exists()


def _mounts(folder: Path, kind: str) -> str:
    device = folder.stat().st_dev
    name = f"{os.major(device)}:{os.minor(device)}"
    return (
        "21 1 254:254 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        f"36 21 {name} / /srv rw,relatime shared:2 master:1 - {kind} host:/srv rw,vers=4.2\n"
    )


@pytest.mark.parametrize(
    ("kind", "found"), [("nfs4", "nfs4"), ("cifs", "cifs"), ("ext4", None), ("tmpfs", None)]
)
def test_network_file_systems_are_told_from_others(
    tmp_path: Path, kind: str, found: str | None
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(_mounts(tmp_path, kind))
    assert network_kind(tmp_path, mounts) == found


def test_system_that_does_not_list_its_mounts(tmp_path: Path) -> None:
    assert network_kind(tmp_path, tmp_path / "none") is None
    assert network_kind(tmp_path) is None


def test_data_on_a_network_are_refused_unless_insisted_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "batchcompute.server.process.data_folder.network_kind", lambda folder: "nfs4"
    )
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(StartError, match=r"network file system \(nfs4\).*--allow-network-folder"):
        folder.create()
    folder.create(allow_network=True)


def test_network_folder_can_be_insisted_on(tmp_path: Path, serve: Callable[..., Serve]) -> None:
    serve("--allow-network-folder").wire.get("/jobs")


def test_database_of_another_kind_is_refused(tmp_path: Path) -> None:
    sentence = _refusal(tmp_path / "data", "mysql://u:secret@host/db")
    assert "only PostgreSQL and SQLite can" in sentence
    assert "secret" not in sentence


def test_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert f"the data folder {tmp_path}/data is not a folder" in _refusal(tmp_path / "data")
