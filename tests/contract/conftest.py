"""One embedded service for the whole suite; every test works over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batchcompute import CN_SHENZHEN, Client
from batchcompute.local import LocalServer


@pytest.fixture(scope="session")
def service() -> Iterator[LocalServer]:
    with LocalServer(boot_seconds=0.05) as server:
        yield server


@pytest.fixture
def client(service: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client as an unchanged program makes it: the environment alone sends it here."""
    monkeypatch.setenv("BATCHCOMPUTE_ENDPOINT", service.endpoint)
    with Client(CN_SHENZHEN, service.access_key_id, service.access_key_secret) as connected:
        yield connected


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
def make_job(cluster: str) -> Callable[..., dict[str, Any]]:
    """Return a function that describes a job of named commands on the cluster."""

    def make(*, dependencies: Any = None, settings: Any = None, **commands: str) -> dict[str, Any]:
        tasks = {
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
        dag = {"Tasks": tasks, "Dependencies": dependencies or {}}
        return {"Name": "contract", "Priority": 1, "Type": "DAG", "DAG": dag}

    return make
