"""Lists of the asynchronous client: awaited for a page, or iterated over all items."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import httpx
import pytest
import trio

from batchcompute import CN_SHENZHEN, AsyncClient, ClientError

from .conftest import FarSide

_PAGES = [
    {"NextMarker": "m1", "Items": [{"Id": "a"}, {"Id": "b"}]},
    {"NextMarker": "m2", "Items": []},
    {"NextMarker": "", "Items": [{"Id": "c"}]},
]


def _run(far_side: FarSide, program: Callable[[AsyncClient], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(far_side)) as http_client:
            client = AsyncClient(CN_SHENZHEN, "id", "secret", http_client=http_client, retry=None)
            return await program(client)

    far_side.answers = [httpx.Response(200, json=page) for page in _PAGES]
    return asyncio.run(main())


async def _ids(found: AsyncIterator[Any] | Any) -> list[str]:
    return [item.Id async for item in found]


def test_list_is_iterated_over_all_pages(far_side: FarSide) -> None:
    assert _run(far_side, lambda client: _ids(client.list_jobs())) == ["a", "b", "c"]
    assert [request.url.params["Marker"] for request in far_side.requests] == ["", "m1", "m2"]


def test_all_and_pages_need_no_await_before_them(far_side: FarSide) -> None:
    assert _run(far_side, lambda client: _ids(client.list_jobs().all())) == ["a", "b", "c"]

    async def lengths(client: AsyncClient) -> list[int]:
        return [len(page) async for page in client.list_jobs().pages()]

    assert _run(far_side, lengths) == [2, 0, 1]


def test_awaited_page_is_that_page_and_iterates_on_from_it(far_side: FarSide) -> None:
    async def program(client: AsyncClient) -> tuple[list[str], list[str]]:
        page = await client.list_jobs()
        assert len(far_side.requests) == 1
        return [job.Id for job in page], await _ids(page)

    assert _run(far_side, program) == (["a", "b"], ["a", "b", "c"])


def test_nothing_is_requested_before_it_is_used(far_side: FarSide) -> None:
    async def program(client: AsyncClient) -> None:
        listed = client.list_jobs()
        assert "await it" in repr(listed)
        listed.close()

    _run(far_side, program)
    assert far_side.requests == []


def test_iteration_stops_asking_where_the_program_stops(far_side: FarSide) -> None:
    async def program(client: AsyncClient) -> str:
        async for job in client.list_jobs():
            return job.Id
        raise AssertionError

    assert _run(far_side, program) == "a"
    assert len(far_side.requests) == 1


async def _by_task(listed: Coroutine[Any, Any, Any]) -> Any:
    return await asyncio.create_task(listed)


async def _by_group(listed: Coroutine[Any, Any, Any]) -> Any:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(listed)
    return task.result()


async def _by_gathering(listed: Coroutine[Any, Any, Any]) -> Any:
    return (await asyncio.gather(listed))[0]


async def _in_time(listed: Coroutine[Any, Any, Any]) -> Any:
    return await asyncio.wait_for(listed, 60)


@pytest.mark.parametrize("way", [_by_task, _by_group, _by_gathering, _in_time])
def test_list_is_a_coroutine_as_before(far_side: FarSide, way: Callable[..., Any]) -> None:
    page = _run(far_side, lambda client: way(client.list_jobs()))
    assert [job.Id for job in page] == ["a", "b"]


def test_cancelled_task_of_a_list_ends(far_side: FarSide) -> None:
    async def program(client: AsyncClient) -> None:
        task = asyncio.create_task(client.list_jobs())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        listed = client.list_jobs()
        with pytest.raises(ZeroDivisionError):
            listed.throw(ZeroDivisionError())

    _run(far_side, program)
    assert far_side.requests == []


def test_wrong_arguments_and_refusals_are_raised(far_side: FarSide) -> None:
    async def program(client: AsyncClient) -> None:
        with pytest.raises(TypeError, match="job"):
            await client.list_tasks("")
        far_side.answers = [httpx.Response(404, json={"Code": "InvalidResource.NotFound"})]
        with pytest.raises(ClientError):
            await _ids(client.list_tasks("job-1"))

    _run(far_side, program)


def test_lists_are_iterated_under_trio(far_side: FarSide) -> None:
    async def main() -> list[str]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(far_side)) as http_client:
            client = AsyncClient(CN_SHENZHEN, "id", "secret", http_client=http_client)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client.list_jobs)
            far_side.answers = [httpx.Response(200, json=page) for page in _PAGES]
            return await _ids(client.list_jobs())

    far_side.answers = [httpx.Response(200, json=_PAGES[-1])]
    assert trio.run(main) == ["a", "b", "c"]
