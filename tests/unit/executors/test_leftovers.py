"""What shims leave that are killed, where no agent is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from batchcompute.server.executors.agent.leftovers import end_remains, evict_leftovers
from batchcompute.server.executors.network.agent.agent import LEFT, NetworkAgent
from batchcompute.server.executors.network.agent.options import AgentOptions
from tests.processes import status

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there all are found")

_PATIENCE = 60.0

#: What a shim does about its journal and its program, of which it prints the process.
_SHIM = """
import subprocess, sys
from pathlib import Path
from types import SimpleNamespace
from batchcompute.server.executors.agent.journal import JournalWriter
from batchcompute.server.executors.attempt import marks

path, number = Path(sys.argv[1]), int(sys.argv[2])
journal = JournalWriter(path, number)
assert marks.carry(journal.mark)
journal.begin(SimpleNamespace(attempt_id=f"a{number}", pool_id="pool", worker_id="vm"), 0.0)
program = subprocess.Popen(["setsid", "env", "-i", "sleep", "600"], stdout=subprocess.DEVNULL)
print(program.pid, flush=True)
program.wait()
"""


class _Shim:
    """A shim that runs a program."""

    def __init__(self, folder: Path, number: int, stack: ExitStack) -> None:
        journal = folder / "journal" / "boot.1"
        journal.parent.mkdir(exist_ok=True)
        journal.touch()
        arguments = [sys.executable, "-c", _SHIM, str(journal), str(number)]
        self._process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        stack.enter_context(self._process)
        stack.callback(self.kill)
        assert self._process.stdout is not None
        self._program = int(self._process.stdout.readline())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def has_program(self) -> bool:
        return status(self._program)[:1] not in ([b"Z"], [b"X"], [])


@pytest.fixture
def shims(tmp_path: Path) -> Iterator[list[_Shim]]:
    (tmp_path / "requests").mkdir()
    with ExitStack() as stack:
        yield [_Shim(tmp_path, number, stack) for number in (1, 2)]
    _until(lambda: not evict_leftovers(tmp_path))


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_a_dead_shim_has_left_is_ended(tmp_path: Path, shims: list[_Shim]) -> None:
    dead, alive = shims
    dead.kill()
    assert dead.has_program()
    end_remains(tmp_path)
    assert not dead.has_program()
    assert alive.has_program()
    alive.kill()
    assert evict_leftovers(tmp_path)
    _until(lambda: not evict_leftovers(tmp_path))
    assert not alive.has_program()


def test_copy_of_a_folder_ends_nothing_of_the_original(
    tmp_path: Path, shims: list[_Shim], tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(tmp_path, copy, dirs_exist_ok=True)
    shims[0].kill()
    # No lock of the original is held in the copy, so all shims look dead there.
    end_remains(copy)
    assert not evict_leftovers(copy)
    assert all(shim.has_program() for shim in shims)


def test_agent_ends_what_was_left_though_its_server_is_away(
    tmp_path: Path, shims: list[_Shim]
) -> None:
    dead, alive = shims
    dead.kill()
    agent = NetworkAgent(AgentOptions("https://127.0.0.1:1", tmp_path, "token"))
    agent.leave("the test is over")
    assert agent.run() == LEFT
    assert not dead.has_program()
    assert alive.has_program()
