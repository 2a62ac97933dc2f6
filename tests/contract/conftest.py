"""One embedded service for the whole suite; every test works over real HTTP."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batchcompute import CN_SHENZHEN, AsyncClient, Client, types
from batchcompute._http import environment
from batchcompute.server import LocalServer
from tests.blocking import Blocking

#: Treats one connection as a server does.
Treat = Callable[[socket.socket], None]
#: Starts a server that treats every connection so, one after the other, and returns its URL.
Serve = Callable[..., str]


@pytest.fixture(scope="session")
def service() -> Iterator[LocalServer]:
    with LocalServer(boot_seconds=0.05) as server:
        yield server


@pytest.fixture(params=["sync", "async"])
def client(
    request: pytest.FixtureRequest, service: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """A client as an unchanged program makes it: the environment alone sends it here.

    Every test runs over both kinds of client.
    """
    monkeypatch.setenv("BATCHCOMPUTE_ENDPOINT", service.endpoint)
    key = service.access_key_id, service.access_key_secret
    if request.param == "sync":
        with Client(CN_SHENZHEN, *key) as connected:
            yield connected
        return
    with asyncio.Runner() as runner, Blocking(AsyncClient(CN_SHENZHEN, *key), runner) as other:
        yield other


@pytest.fixture
def cluster(client: Client) -> Iterator[str]:
    """A cluster of two VMs."""
    created = client.create_cluster(
        {
            "Name": "contract",
            "ImageId": "img-ubuntu",
            "Groups": {"group1": {"DesiredVMCount": 2, "InstanceType": "bcs.a2.large"}},
        }
    )
    yield created.Id
    client.delete_cluster(created)


@pytest.fixture
def make_job(cluster: str) -> Callable[..., types.JobDescription]:
    """Return a function that describes a job of named commands on the cluster."""

    def make(
        *, dependencies: Any = None, settings: Any = None, **commands: str
    ) -> types.JobDescription:
        tasks: Any = {
            name: {
                "ClusterId": cluster,
                "InstanceCount": 1,
                "Parameters": {
                    "Command": {"CommandLine": line, "PackagePath": ""},
                    "StdoutRedirectPath": "oss://contract/logs/",
                    "StderrRedirectPath": "oss://contract/logs/",
                },
                **(settings or {}),
            }
            for name, line in commands.items()
        }
        dag: types.DAG = {"Tasks": tasks, "Dependencies": dependencies or {}}
        return {"Name": "contract", "Priority": 1, "Type": "DAG", "DAG": dag}

    return make


@pytest.fixture
def connections() -> list[int]:
    """Grows by one per connection."""
    return []


@pytest.fixture
def serve(connections: list[int]) -> Iterator[Serve]:
    """Return a function that starts a server, which treats each connection as it is told."""
    listening = socket.create_server(("127.0.0.1", 0))
    # A thread that waits for connections does not notice when its socket is closed.
    listening.settimeout(0.05)
    over = threading.Event()
    threads: list[threading.Thread] = []

    def start(treat: Treat, scheme: str = "http") -> str:
        def work() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                connections.append(1)
                with connection:
                    connection.settimeout(60)
                    try:
                        treat(connection)
                    except OSError:
                        continue  # the other side has hung up, which is what some want to see

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    over.set()
    for thread in threads:
        thread.join()
    listening.close()


@pytest.fixture
def through_httpx(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that lets clients send through httpx, as if there were a proxy."""

    def let() -> None:
        monkeypatch.setattr(environment, "may_have_proxy", lambda endpoint: True)

    return let
