"""Requests that pass at their second attempt: by the service's clock, or with new credentials."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from batchcompute import AsyncClient, Client, Credentials, RetryEvent, RetryPolicy
from batchcompute._http import response, service_clock
from batchcompute.server import LocalServer
from tests.blocking import Blocking

from .conftest import Serve

_HOURS = 3 * 3600
Connect = Callable[..., Client]


@pytest.fixture(params=["pool", "httpx", "async"])
def connect(request: pytest.FixtureRequest, through_httpx: Callable[[], None]) -> Iterator[Connect]:
    """Return a function that makes a client of each kind."""
    with asyncio.Runner() as runner:
        made: list[Any] = []

        def make(*arguments: Any, **options: Any) -> Client:
            if request.param == "httpx":
                through_httpx()
            client = (
                cast(Client, Blocking(AsyncClient(*arguments, **options), runner))
                if request.param == "async"
                else Client(*arguments, **options)
            )
            made.append(client)
            return client

        yield make
        for client in made:
            client.close()


@pytest.mark.parametrize("ahead", [_HOURS, -_HOURS])
def test_machine_whose_clock_is_wrong_is_served(
    connect: Connect, service: LocalServer, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    wrong = SimpleNamespace(time=lambda: time.time() + ahead)
    monkeypatch.setattr(service_clock, "time", wrong)
    monkeypatch.setattr(response, "time", wrong)
    events: list[RetryEvent] = []
    key = service.access_key_id, service.access_key_secret
    client = connect(service.endpoint, *key, retry=RetryPolicy(on_retry=events.append))

    assert client.get_quotas().StatusCode == 200
    created = client.create_cluster(
        {
            "Name": "clock",
            "ImageId": "img-ubuntu",
            "Groups": {"g": {"DesiredVMCount": 0, "InstanceType": "bcs.a2.large"}},
        }
    )
    client.delete_cluster(created)
    # The service refuses the first request alone: the others are dated by its clock.
    assert [(e.operation, str(getattr(e.error, "code", ""))) for e in events] == [
        ("get_quotas", "InvalidTimeStamp.Expired")
    ]


def test_key_that_was_replaced_is_fetched_anew(connect: Connect, service: LocalServer) -> None:
    keys = [
        Credentials("key-of-yesterday", "secret"),
        Credentials(service.access_key_id, service.access_key_secret),
    ]
    client = connect(service.endpoint, credentials=lambda: keys.pop(0))

    assert client.get_quotas().StatusCode == 200
    assert keys == []


def test_expired_token_is_renewed(connect: Connect, serve: Serve) -> None:
    tokens: list[bytes] = []

    def treat(connection: socket.socket) -> None:
        received = connection.recv(65536)
        tokens.extend(re.findall(rb"(?i)x-acs-security-token: (\S+)", received))
        status, body = b"200 OK", b'{"Id":"x"}'
        if tokens[-1] == b"old":
            status, body = b"400 Bad Request", b'{"Code":"InvalidSecurityToken.Expired"}'
        head = b"HTTP/1.1 %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        connection.sendall(head % (status, len(body)) + body)

    found = [Credentials("id", "secret", "old"), Credentials("id", "secret", "new")]
    client = connect(serve(treat), credentials=lambda: found.pop(0), timeout=100)

    assert client.get_job("j").Id == "x"
    assert tokens == [b"old", b"new"]
