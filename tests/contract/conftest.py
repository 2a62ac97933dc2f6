"""One embedded service for the whole suite; every test works over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import batchcompute_types as types
import pytest

from batchcompute import CN_SHENZHEN, AsyncClient, Client
from batchcompute.server import LocalServer
from tests.blocking import Blocking


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
