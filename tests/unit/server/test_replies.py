"""Outcomes of another thread reach those who wait for them, however they come and go."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest

from batchcompute.server.model.errors import ApiError, not_found
from batchcompute.server.rules.replies import Replies
from batchcompute.server.scheduler.batch import Outcome
from batchcompute.server.scheduler.thread import Inbox, SchedulerLoop


class _Scheduler:
    """Keeps who waits, until a test answers them."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Inbox, Any]] = []

    def post(self, _command: object, inbox: Inbox, whose: Any) -> None:
        self.waiting.append((inbox, whose))

    def answer(self, *outcomes: Outcome) -> None:
        """Answer those who wait, in their order, as one batch."""
        inbox = self.waiting[0][0]
        answered = self.waiting[: len(outcomes)]
        del self.waiting[: len(outcomes)]
        inbox.deliver([(whose, each) for (_, whose), each in zip(answered, outcomes, strict=True)])


class _Asked:
    def __init__(self) -> None:
        self.replies = Replies()
        self.scheduler = _Scheduler()

    async def ask(self, count: int) -> list[asyncio.Task[Any]]:
        """Return so many who wait for an answer."""
        scheduler = cast("SchedulerLoop", self.scheduler)
        waits = [
            asyncio.ensure_future(self.replies.ask(scheduler, lambda _: None)) for _ in range(count)
        ]
        await asyncio.sleep(0)
        assert len(self.scheduler.waiting) == count
        return waits


@pytest.fixture
def asked() -> _Asked:
    return _Asked()


def test_results_and_errors_arrive_at_those_who_asked(asked: _Asked) -> None:
    outcomes = [
        Outcome(number) if number % 3 else Outcome(error=not_found()) for number in range(200)
    ]

    def finish() -> None:
        for size in (1, 7, 92, 100):
            asked.scheduler.answer(*outcomes[:size])
            del outcomes[:size]

    async def ask() -> list[int | BaseException]:
        waits = await asked.ask(200)
        thread = threading.Thread(target=finish)
        thread.start()
        found: list[int | BaseException] = await asyncio.gather(*waits, return_exceptions=True)
        thread.join()
        return found

    for number, answer in enumerate(asyncio.run(ask())):
        assert answer == number if number % 3 else isinstance(answer, ApiError)


def test_a_loop_is_woken_once_for_what_has_come_already(
    asked: _Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken = 0

    async def ask() -> None:
        nonlocal woken
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe

        def count(*arguments: object) -> object:
            nonlocal woken
            woken += 1
            return wake(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(loop, "call_soon_threadsafe", count)
        waits = await asked.ask(16)
        for numbers in (range(10), range(10, 16)):
            asked.scheduler.answer(*map(Outcome, numbers))
        assert await asyncio.gather(*waits) == list(range(16))

    asyncio.run(ask())
    assert woken == 1


def test_who_has_gone_keeps_nobody_else_from_an_answer(asked: _Asked) -> None:
    async def ask() -> None:
        gone, stays = await asked.ask(2)
        gone.cancel()
        asked.scheduler.answer(Outcome(1), Outcome(2))
        assert await stays == 2
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(ask())


def test_a_result_for_a_loop_that_is_closed_does_not_stop_the_next_loop(asked: _Asked) -> None:
    async def leave() -> None:
        (waiting,) = await asked.ask(1)
        waiting.cancel()

    asyncio.run(leave())
    asked.scheduler.answer(Outcome(1))

    async def ask() -> int:
        (waiting,) = await asked.ask(1)
        asked.scheduler.answer(Outcome(2))
        found: int = await waiting
        return found

    assert asyncio.run(ask()) == 2
