"""What the page about other clients says of this project is so."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute import Client
from batchcompute.server import LocalServer
from tests.emulator.raw import JAVA, JAVASCRIPT, OLD_JAVA, Habits, RawClient
from tests.emulator.wire import Wire

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(access_key="ID:SECRET", boot_seconds=0) as running:
        yield running


def test_options_of_the_page_exist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "batchcompute.server", "serve", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    known = set(re.findall(r"--[a-z-]+", done.stdout))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", _PAGE))
    assert named
    assert named <= known


def test_lines_for_the_old_sdk_lead_to_a_service(server: LocalServer) -> None:
    """They are lines of this SDK as well, whose regions belong to the process."""
    (block,) = (each for each in re.findall(r"```python\n(.*?)```", _PAGE, flags=re.DOTALL))
    port = server.endpoint.rpartition(":")[2]
    program = (
        "from batchcompute import Client\n"
        + block.replace("8642", port).replace('"SECRET")', '"SECRET", security_conn=False)')
        + "print(client.list_jobs().StatusCode)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "200\n"


@pytest.mark.parametrize("habits", [JAVA, OLD_JAVA, JAVASCRIPT], ids=lambda each: each.name)
def test_key_of_the_page_is_that_of_each_library(server: LocalServer, habits: Habits) -> None:
    wire = Wire(server.endpoint, "ID", "SECRET")
    assert RawClient(wire, habits).send("GET", "/quotas").status == 200
    wire.close()


def test_program_of_old_needs_the_environment_only(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHCOMPUTE_ENDPOINT", server.endpoint)
    with Client("batchcompute.cn-qingdao.aliyuncs.com", "ID", "SECRET") as client:
        assert client.list_clusters("", 100).StatusCode == 200
