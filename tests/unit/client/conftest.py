"""A client whose far side is a function; nothing here opens a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from batchcompute import CN_SHENZHEN, Client


class FarSide:
    """Answers requests from a list, and remembers them."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json={"Id": "x-1"})
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


@pytest.fixture
def far_side() -> FarSide:
    return FarSide()


@pytest.fixture
def make_client(far_side: FarSide) -> Iterator[Callable[..., Client]]:
    with httpx.Client(transport=httpx.MockTransport(far_side)) as http_client:

        def make(*arguments: object, **options: object) -> Client:
            given = arguments or (CN_SHENZHEN, "key-id", "s3cret-key")
            return Client(*given, http_client=http_client, **options)  # type: ignore[arg-type]

        yield make


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()
