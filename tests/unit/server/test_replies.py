"""Results of another thread reach those who wait for them, however they come and go."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from batchcompute.server.rules.replies import Replies


def test_results_and_errors_arrive_at_those_who_asked() -> None:
    replies = Replies()
    futures: list[Future[int]] = [Future() for _ in range(200)]

    def finish() -> None:
        for number, future in enumerate(futures):
            if number % 3:
                future.set_result(number)
            else:
                future.set_exception(KeyError(number))

    async def ask() -> list[int | BaseException]:
        waits = [asyncio.ensure_future(replies.wait(future)) for future in futures]
        await asyncio.sleep(0)
        thread = threading.Thread(target=finish)
        thread.start()
        found: list[int | BaseException] = await asyncio.gather(*waits, return_exceptions=True)
        thread.join()
        return found

    for number, answer in enumerate(asyncio.run(ask())):
        assert answer == number if number % 3 else isinstance(answer, KeyError)


def test_a_loop_is_woken_once_for_what_has_come_already(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = Replies()
    futures: list[Future[int]] = [Future() for _ in range(16)]
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
        waits = [asyncio.ensure_future(replies.wait(future)) for future in futures]
        await asyncio.sleep(0)
        for number, future in enumerate(futures):
            future.set_result(number)
        assert await asyncio.gather(*waits) == list(range(16))

    asyncio.run(ask())
    assert woken == 1


def test_who_has_gone_keeps_nobody_else_from_an_answer() -> None:
    replies = Replies()

    async def ask() -> None:
        first: Future[int] = Future()
        second: Future[int] = Future()
        gone = asyncio.ensure_future(replies.wait(first))
        stays = asyncio.ensure_future(replies.wait(second))
        await asyncio.sleep(0)
        gone.cancel()
        first.set_result(1)
        second.set_result(2)
        assert await stays == 2
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(ask())


def test_a_result_for_a_loop_that_is_closed_does_not_stop_the_next_loop() -> None:
    replies = Replies()
    late: Future[int] = Future()

    async def leave() -> None:
        waiting = asyncio.ensure_future(replies.wait(late))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    late.set_result(1)

    async def ask() -> int:
        done: Future[int] = Future()
        waiting = asyncio.ensure_future(replies.wait(done))
        await asyncio.sleep(0)
        done.set_result(2)
        found: int = await waiting
        return found

    assert asyncio.run(ask()) == 2
