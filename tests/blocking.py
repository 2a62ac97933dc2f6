"""An asynchronous client that tests can use like the other one: the same suite runs over both."""

from __future__ import annotations

import asyncio
import copy
import inspect
from collections.abc import Iterator
from typing import Any

from batchcompute import AsyncClient
from batchcompute.client.responses import AsyncListResponse


class Blocking:
    """Looks like `Client`, and runs each method of an `AsyncClient` to its end.

    Args:
        client: The asynchronous client.
        runner: Runs it; always in the same event loop.
    """

    def __init__(self, client: AsyncClient, runner: asyncio.Runner) -> None:
        self.__dict__.update(client=client, runner=runner)

    def __getattr__(self, name: str) -> Any:
        return _blocking(getattr(self.client, name), self.runner)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.client, name, value)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Page(AsyncListResponse[Any]):
    """A page whose iterators are ordinary ones."""

    __slots__ = ("inner", "runner")

    inner: AsyncListResponse[Any]
    runner: asyncio.Runner

    def __copy__(self) -> Any:
        return _blocking(copy.copy(self.inner), self.runner)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _blocking(copy.deepcopy(self.inner, memo), self.runner)

    def pages(self) -> Any:
        for page in _drain(self.inner.pages(), self.runner):
            yield _blocking(page, self.runner)

    def all(self) -> Any:
        return _drain(self.inner.all(), self.runner)


def _blocking(found: Any, runner: asyncio.Runner) -> Any:
    if isinstance(found, AsyncClient):
        return Blocking(found, runner)
    if isinstance(found, AsyncListResponse):
        page = _Page.__new__(_Page)
        page.inner, page.runner = found, runner
        for name in ("_response", "Items", "NextMarker", "_fetch", "_start", "type"):
            setattr(page, name, getattr(found, name))
        return page
    if inspect.isawaitable(found):

        async def wait() -> Any:
            return await found

        return _blocking(runner.run(wait()), runner)
    if hasattr(found, "__aiter__"):
        return list(_drain(found, runner))
    if callable(found) and not isinstance(found, type):
        return lambda *args, **options: _blocking(found(*args, **options), runner)
    if type(found).__name__ == "AsyncRawCalls":
        return _Raw(found, runner)
    return found


class _Raw:
    def __init__(self, calls: Any, runner: asyncio.Runner) -> None:
        self._calls = calls
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return _blocking(getattr(self._calls, name), self._runner)


def _drain(found: Any, runner: asyncio.Runner) -> Iterator[Any]:
    iterator = found.__aiter__()

    async def step() -> Any:
        return await anext(iterator, _END)

    while (item := runner.run(step())) is not _END:
        yield item


_END = object()
