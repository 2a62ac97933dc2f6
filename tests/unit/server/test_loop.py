"""What the scheduler's thread does when the database fails under it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from batchcompute.server.executors.interface import AttemptLost
from batchcompute.server.model.errors import ApiError
from batchcompute.server.scheduler import thread
from batchcompute.server.scheduler.batch import Item, Outcome
from batchcompute.server.scheduler.job_waiters import JobWaiters
from batchcompute.server.scheduler.thread import SchedulerLoop

_PATIENCE = 60.0


class FakeCore:
    """Commits as the test says, and remembers what was committed."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.committed: list[Item] = []
        self.tries = 0
        self.recovered = 0
        self.follow_up: list[Item] = []
        self.purging = False
        self.urgent = True
        self.hold = False
        self.job_waiters = JobWaiters()
        self.changed = threading.Condition()

    def commit(self, batch: Sequence[Item]) -> list[Outcome]:
        with self.changed:
            self.tries += 1
            self.changed.notify_all()
            if self.errors:
                raise self.errors.pop(0)
            self.committed += batch
            self.changed.notify_all()
        return [Outcome("done") for _ in batch]

    def is_urgent(self, batch: Sequence[Item]) -> bool:
        return self.urgent or any(callable(item) for item in batch)

    def carry_out(self) -> None:
        """Nothing follows."""

    def instead_of(self, _: Item) -> None:
        """Nothing is to be recorded in place of anything."""

    def recover(self) -> None:
        with self.changed:
            self.recovered += 1
            if self.errors:
                raise self.errors.pop(0)
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, _PATIENCE)


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def scheduler(core: FakeCore, monkeypatch: pytest.MonkeyPatch) -> Iterator[SchedulerLoop]:
    monkeypatch.setattr(thread, "RETRY_SECONDS", 0.02)
    running = SchedulerLoop(core)  # type: ignore[arg-type]  # as much of it as is used
    running.start()
    yield running
    running.close()


def _full() -> OperationalError:
    return OperationalError("INSERT", {}, Exception("database or disk is full"))


def _lost() -> OperationalError:
    return OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)


def _command(_: Any) -> str:
    return "made"


def test_report_is_recorded_when_the_disk_has_space_again(
    core: FakeCore, scheduler: SchedulerLoop
) -> None:
    core.errors = [_full(), _full(), _full()]
    report = AttemptLost("a", "it was killed")
    scheduler.emit(report)
    core.wait_for(lambda: report in core.committed)
    assert core.recovered == 0


def test_what_is_so_already_is_recorded_however_long_that_takes(
    core: FakeCore, scheduler: SchedulerLoop
) -> None:
    core.errors = [_full(), _full(), _lost(), _full()]
    assert scheduler.record(_command).result(_PATIENCE) == "done"
    assert core.committed.count(_command) == 1


def test_who_waits_for_a_record_is_answered_at_the_end(
    core: FakeCore, scheduler: SchedulerLoop
) -> None:
    core.errors = [_full() for _ in range(10_000)]
    waiting = scheduler.record(_command)
    core.wait_for(lambda: core.tries > 1)
    scheduler.close()
    with pytest.raises(ApiError):
        waiting.result(_PATIENCE)


def test_reports_wait_together_while_the_disk_is_full(
    core: FakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "RETRY_SECONDS", 0.02)
    core.errors = [_full(), _full()]
    reports = [AttemptLost(str(number), "it was killed") for number in range(50)]
    scheduler = SchedulerLoop(core)  # type: ignore[arg-type]  # as much of it as is used
    for report in reports:
        scheduler.emit(report)
    scheduler.start()
    core.wait_for(lambda: len(core.committed) == len(reports))
    scheduler.close()
    assert core.committed == reports
    # All of them, the first one alone, and all of them again.
    assert core.tries == 3


def test_news_that_nobody_waits_for_goes_with_what_comes_next(
    core: FakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "LINGER_SECONDS", _PATIENCE)
    core.urgent = False
    scheduler = SchedulerLoop(core)  # type: ignore[arg-type]  # as much of it as is used
    report = AttemptLost("a", "it was killed")
    scheduler.start()
    scheduler.emit(report)
    assert scheduler.call(_command).result(_PATIENCE) == "done"
    scheduler.emit(report)
    scheduler.close()
    assert core.committed == [report, _command, report]
    assert core.tries == 2


def test_command_is_refused_while_reports_wait(core: FakeCore, scheduler: SchedulerLoop) -> None:
    core.errors = [_full()]
    with pytest.raises(ApiError):
        scheduler.call(_command).result(_PATIENCE)
    assert scheduler.call(_command).result(_PATIENCE) == "done"
    assert core.committed == [_command]


def test_lost_database_is_compared_with_what_runs_before_anything_else(
    core: FakeCore, scheduler: SchedulerLoop
) -> None:
    # The commit breaks off, and so does the first try to find out what became of it.
    core.errors = [_lost(), _lost()]
    report = AttemptLost("a", "it was killed")
    scheduler.emit(report)
    core.wait_for(lambda: report in core.committed)
    assert core.recovered == 2
    assert core.committed == [report]


def test_command_in_doubt_is_not_repeated(core: FakeCore, scheduler: SchedulerLoop) -> None:
    core.errors = [_lost()]
    with pytest.raises(ApiError):
        scheduler.call(_command).result(_PATIENCE)
    core.wait_for(lambda: core.recovered == 1)
    assert core.committed == []
    assert core.tries == 1
    assert scheduler.call(_command).result(_PATIENCE) == "done"


def test_command_that_comes_while_it_closes_is_answered(
    scheduler: SchedulerLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, closing = scheduler._queue, threading.Thread(target=scheduler.close)

    class Late:
        """Lets the end of the service go first, if that is possible."""

        get, empty = queue.get, queue.empty

        def put(self, entry: Any) -> None:
            if isinstance(entry, thread._Entry):
                closing.start()
                closing.join(0.3)
            queue.put(entry)

    monkeypatch.setattr(scheduler, "_queue", Late())
    answer = scheduler.call(_command)
    closing.join(_PATIENCE)
    assert answer.done()


def test_end_does_not_wait_for_the_database(core: FakeCore, scheduler: SchedulerLoop) -> None:
    core.errors = [_full() for _ in range(10_000)]
    scheduler.emit(AttemptLost("a", "it was killed"))
    scheduler.close()
