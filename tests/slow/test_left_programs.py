"""Programs whose supervisors are killed when nobody is there who would end what those leave."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulator.wire import Wire, task
from tests.processes import status
from tests.slow.restarting import Restarting
from tests.slow.victims import Victims, held, send

_PATIENCE = 100.0

#: Leaves a process of its own session, without a variable of its environment, whose parent ends;
#: its second attempt copies what the system says of those of the first, as long as they are there.
_PROGRAM = """\
cd "{folder}"
if [ -e first ]; then
    while read process; do cat "/proc/$process/stat"; done < first > second 2> /dev/null
    exit 0
fi
(setsid env -i /bin/sh -c 'echo $$ >> first; while test -e first; do /bin/sleep 1; done' &)
echo $$ >> first
while test -e first; do sleep 1; done
"""


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return where a program says what it does, which ends without its file there."""
    yield tmp_path
    (tmp_path / "first").unlink(missing_ok=True)


def _begin(service: Restarting, folder: Path) -> str:
    """Have a program run, and return its job once all of its processes are there."""
    line = _PROGRAM.format(folder=folder)
    job = service.call(lambda wire: wire.job({"t": task(line, wire.cluster(1))}))
    first = folder / "first"
    _until(lambda: first.exists() and len(first.read_text().splitlines()) == 2)
    return job


def _kill_shim(side: Victims) -> None:
    """Kill the only shim that runs something, which is sure to be written down by now."""
    ((_, shim),) = held(side.journals)
    assert side.kill_shim(shim, bool)


def _kill(processes: list[int]) -> None:
    assert processes
    for each in processes:
        assert send(each, signal.SIGKILL)


def _check(service: Restarting, job: str, folder: Path) -> None:
    """Check that the next attempt found no process of the one before it."""

    def ended(wire: Wire) -> str:
        state: str = wire.ended(job, seconds=_PATIENCE)["State"]
        return state

    assert service.call(ended) == "Finished", service.log()
    # What has ended may stay to be seen until somebody asks how.
    left = [line.rpartition(") ")[2] for line in (folder / "second").read_text().splitlines()]
    assert [line for line in left if line[0] not in "ZX"] == []
    for line in (folder / "first").read_text().splitlines():
        assert status(int(line))[:1] in ([b"Z"], [b"X"], [])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("options", [(), ("--agents", "local")], ids=["here", "agent"])
def test_program_ends_though_its_forker_is_gone(folder: Path, options: tuple[str, ...]) -> None:
    with Restarting(folder / "data", options=options) as service:
        side = Victims(service.data / ("agents/vms" if options else "executor"))
        job = _begin(service, folder)
        _kill(side.forkers())
        _kill_shim(side)
        _check(service, job, folder)


@pytest.mark.timeout(300)
def test_program_ends_before_a_service_goes_on_that_was_killed_before(folder: Path) -> None:
    with Restarting(folder / "data") as service:
        side = Victims(service.data / "executor")
        job = _begin(service, folder)
        service.kill()
        _until(lambda: not side.keepers())
        _kill_shim(side)
        _check(service, job, folder)


@pytest.mark.timeout(300)
def test_program_ends_before_another_agent_has_its_instance(folder: Path) -> None:
    with Restarting(folder / "data", options=("--agents", "local")) as service:
        side = Victims(service.data / "agents" / "vms")
        job = _begin(service, folder)
        # None of them does anything about the end of another.
        everybody = [*side.forkers(), *side.keepers(), *side.agents()]
        for each in everybody:
            assert send(each, signal.SIGSTOP)
        _kill_shim(side)
        _kill(everybody)
        _check(service, job, folder)
