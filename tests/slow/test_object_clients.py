"""The vendor's clients in what takes long: for JavaScript, and while the service is killed."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator.serving import KEY, Serve
from tests.ports import free_port
from tests.vendor_clients import UNTIDY

oss2 = pytest.importorskip("oss2", reason="oss2 cannot be installed on this Python")

pytestmark = UNTIDY

_SIZE = 100 << 20
_PART = 1 << 20


class _Service:
    """A service that is killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._running = self._start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self._running.end(signal.SIGKILL)

    def restart(self) -> None:
        self._running = self._start()

    def end(self) -> None:
        self._running.end()

    def _start(self) -> Serve:
        return Serve(self._folder / "data", "--objects-port", str(self.port))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[_Service]:
    found = _Service(tmp_path)
    yield found
    found.end()


def _bucket(service: _Service) -> Any:
    auth = oss2.make_auth(*KEY.split(":"), "v4")
    return oss2.Bucket(auth, service.endpoint, "bucket", region="cn-hangzhou", connect_timeout=30)


class _KillsOnce:
    """Ends the service when a transfer has come so far, and notes where transfers begin."""

    def __init__(self, service: _Service, at: int) -> None:
        self._service = service
        self._at = at
        self._lock = threading.Lock()
        self.is_killed = False
        self.first: int | None = None

    def __call__(self, consumed: int, total: int | None) -> None:
        with self._lock:
            if self.first is None:
                self.first = consumed
            if consumed >= self._at and not self.is_killed:
                self.is_killed = True
                self._service.kill()


def _break_and_continue(service: _Service, transfer: Callable[[_KillsOnce], None]) -> int:
    """Break a transfer off in the middle, carry it on, and return from which byte it went on."""
    progress = _KillsOnce(service, 40 << 20)
    # Whichever of its threads notices first, in the middle of a body or between two requests.
    with pytest.raises((oss2.exceptions.RequestError, requests.exceptions.RequestException)):
        transfer(progress)
    assert progress.is_killed
    service.restart()
    progress.first = None
    transfer(progress)
    assert progress.first is not None
    return progress.first


def _write_random(path: Path) -> str:
    digest = hashlib.sha256()
    block = hashlib.sha256(b"seed").digest()
    with path.open("wb") as file:
        for _ in range(_SIZE // _PART):
            # Every part is another one, so that none can stand for another.
            block = hashlib.sha256(block).digest()
            data = block * (_PART // len(block))
            file.write(data)
            digest.update(data)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_upload_goes_on_after_the_service_is_killed(tmp_path: Path, service: _Service) -> None:
    source = tmp_path / "source"
    expected = _write_random(source)
    bucket = _bucket(service)
    bucket.create_bucket()

    def upload(progress: _KillsOnce) -> None:
        oss2.resumable_upload(
            bucket,
            "large",
            str(source),
            store=oss2.ResumableStore(root=str(tmp_path)),
            multipart_threshold=_PART,
            part_size=_PART,
            num_threads=3,
            progress_callback=progress,
        )

    assert _break_and_continue(service, upload) > 20 << 20
    assert _digest(tmp_path / "data" / "objects" / "bucket" / "large") == expected
    # The client compares the CRC-64 of what it reads with the one that the service tells.
    read = hashlib.sha256(bucket.get_object("large").read()).hexdigest()
    assert read == expected
    assert bucket.list_multipart_uploads().upload_list == []


def test_download_goes_on_after_the_service_is_killed(tmp_path: Path, service: _Service) -> None:
    bucket = _bucket(service)
    bucket.create_bucket()
    source, target = tmp_path / "source", tmp_path / "target"
    expected = _write_random(source)
    bucket.put_object_from_file("large", str(source))

    def download(progress: _KillsOnce) -> None:
        oss2.resumable_download(
            bucket,
            "large",
            str(target),
            store=oss2.ResumableDownloadStore(root=str(tmp_path)),
            multiget_threshold=_PART,
            part_size=_PART,
            num_threads=3,
            progress_callback=progress,
        )

    assert _break_and_continue(service, download) > 20 << 20
    assert _digest(target) == expected


@pytest.mark.skipif(not shutil.which("npm"), reason="there is no npm")
def test_client_for_javascript(tmp_path: Path, service: _Service) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    installed = subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "ali-oss@6.23"],
        cwd=modules,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert installed.returncode == 0, installed.stderr
    script = shutil.copy(Path(__file__).with_name("ali_oss.cjs"), modules)
    done = subprocess.run(
        ["node", script, service.endpoint, *KEY.split(":")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout == "done\n", done.stderr
