"""Many requests of an asynchronous client at once: each waits for its turn."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from batchcompute import AsyncClient, RequestTimeoutError, Timeout


class _Crowd(httpx.AsyncBaseTransport):
    """Counts the requests that are under way."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.gate = asyncio.Event()
        #: Set while a hundred are.
        self.full = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == 100:
            self.full.set()
        try:
            await self.gate.wait()
        finally:
            self.now -= 1
            self.full.clear()
        return httpx.Response(200, json={"Id": "j"})


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> _Crowd:
    made = _Crowd()
    options = {"transport": made}
    monkeypatch.setattr("batchcompute._http.httpx_clients.client_options", lambda endpoint: options)
    return made


def _client(timeout: Timeout | None = None) -> AsyncClient:
    return AsyncClient("http://service:1", "id", "secret", timeout=timeout, retry=None)


def test_no_more_requests_are_under_way_than_there_are_connections(crowd: _Crowd) -> None:
    async def main() -> None:
        async with _client() as client:
            calls = [asyncio.ensure_future(client.get_job("j")) for _ in range(250)]
            await crowd.full.wait()
            assert crowd.now == 100
            crowd.gate.set()
            assert {job.Id for job in await asyncio.gather(*calls)} == {"j"}

    asyncio.run(main())
    assert crowd.most == 100


def test_turn_that_never_comes_is_a_timeout(crowd: _Crowd) -> None:
    async def main() -> None:
        async with _client() as client:
            busy = [asyncio.ensure_future(client.get_job("j")) for _ in range(100)]
            await crowd.full.wait()
            with pytest.raises(RequestTimeoutError, match="PoolTimeout"):
                await client.with_options(timeout=0.01).get_job("j")
            with pytest.raises(RequestTimeoutError, match="within"):
                await client.with_options(timeout=Timeout(total=0.01)).get_job("j")
            crowd.gate.set()
            await asyncio.gather(*busy)

    asyncio.run(main())


def test_cancelled_request_gives_its_turn_back(crowd: _Crowd) -> None:
    async def main() -> None:
        async with _client() as client:
            for _ in range(3):
                calls = [asyncio.ensure_future(client.get_job("j")) for _ in range(150)]
                await crowd.full.wait()
                for call in calls:
                    call.cancel()
                await asyncio.gather(*calls, return_exceptions=True)
                assert crowd.now == 0
            crowd.gate.set()
            assert (await client.get_job("j")).Id == "j"

    asyncio.run(main())
