"""A client whose far side answers from a table; nothing here opens a socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute import CN_SHENZHEN, Client

SAMPLES = Path(__file__).parents[3] / "spec" / "examples"


def sample(name: str) -> Any:
    """Return a recorded body."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


class Service:
    """Answers each request by its method and path, and remembers it."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.routes: dict[str, Any] = {}
        #: What is answered where there is no route.
        self.always: Any = {"Id": "x-1"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.raw_path.decode().split("?")[0]
        answer = self.routes.get(f"{request.method} {path}", self.always)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return answer
        status = 201 if request.method == "POST" and path.count("/") == 1 else 200
        return httpx.Response(status, json=answer, headers={"x-acs-request-id": "REQ-1"})

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]

    @property
    def targets(self) -> list[str]:
        """Method and path of each request so far."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def body(self) -> Any:
        """Return what the last request carried."""
        return json.loads(self.last.content)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def make_client(service: Service) -> Iterator[Callable[..., Client]]:
    with httpx.Client(transport=httpx.MockTransport(service)) as http_client:

        def make(*arguments: Any, **options: Any) -> Client:
            given = arguments or (CN_SHENZHEN, "key-id", "s3cret-key")
            return Client(*given, http_client=http_client, **options)

        yield make


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()
