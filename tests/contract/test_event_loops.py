"""One asynchronous client in several event loops, one after the other and side by side."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import anyio
import pytest
import trio

from batchcompute import AsyncClient, types
from batchcompute.server import LocalServer

Main: TypeAlias = Callable[[], Coroutine[Any, Any, Any]]

_LOOPS: dict[str, Callable[[Main], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),
    "trio": trio.run,
}


@pytest.fixture
def client(service: LocalServer) -> AsyncClient:
    return AsyncClient(service.endpoint, service.access_key_id, service.access_key_secret)


@pytest.mark.parametrize("run", _LOOPS.values(), ids=list(_LOOPS))
def test_client_lives_longer_than_an_event_loop(
    client: AsyncClient, run: Callable[[Main], Any]
) -> None:
    async def main() -> int:
        status = 0
        for _ in range(2):  # the second request finds the connection of the first
            status = (await client.get_quotas()).StatusCode
        return status

    assert [run(main) for _ in range(3)] == [200, 200, 200]
    # A socket that nobody has closed would be an error here.
    gc.collect()

    async def close() -> None:
        await client.close()
        with pytest.raises(RuntimeError, match="closed"):
            await client.get_quotas()

    run(close)


@pytest.mark.parametrize("run", _LOOPS.values(), ids=list(_LOOPS))
def test_everything_that_waits_works_in_either_kind_of_loop(
    client: AsyncClient, run: Callable[[Main], Any]
) -> None:
    seen: list[str] = []

    async def main() -> None:
        async with client:
            made = await client.create_cluster(
                {
                    "Name": "loops",
                    "ImageId": "img-ubuntu",
                    "Groups": {"g": {"DesiredVMCount": 1, "InstanceType": "bcs.a2.large"}},
                }
            )
            await client.wait_cluster(made, timeout=200)
            async with anyio.create_task_group() as group:
                for number in range(3):
                    group.start_soon(one_job, made.Id, number)
            await client.delete_cluster(made)

    async def one_job(cluster: str, number: int) -> None:
        described: types.JobDescription = {
            "Name": f"loop-{number}",
            "Priority": 1,
            "DAG": {
                "Tasks": {
                    "a": {
                        "ClusterId": cluster,
                        "Parameters": {
                            "Command": {"CommandLine": "true", "PackagePath": ""},
                            "StdoutRedirectPath": "",
                            "StderrRedirectPath": "",
                        },
                    }
                }
            },
        }
        job = await client.with_options(timeout=100).create_job(described)
        (ended,) = await client.wait_jobs(job, timeout=200)
        assert await client.poll(job, 200, 0.05) == []
        seen.append(ended.State)

    run(main)
    assert seen == ["Finished"] * 3


def test_event_loops_of_several_threads_share_a_client(client: AsyncClient) -> None:
    threads = 3
    together = threading.Barrier(threads)
    found: list[int] = []

    async def main() -> None:
        for _ in range(5):
            together.wait(200)
            found.append((await client.get_quotas()).StatusCode)

    runs = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(threads)]
    for each in runs:
        each.start()
    for each in runs:
        each.join(200)
    assert found == [200] * 15
    asyncio.run(client.close())
    gc.collect()
