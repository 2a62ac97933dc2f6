r"""Fixtures for the tests of programs that use BatchCompute; pytest finds them by itself.

    def test_pipeline(batchcompute_client, batchcompute_service):
        job = batchcompute_client.create_job(my_description)
        assert batchcompute_client.poll(job, interval=0.05) == []
        assert batchcompute_service.read_object("oss://bucket/result") == b"42\n"

pytest loads this module at every start, so it loads nothing itself: the client comes with the first
test that asks for it, and so does the service, which wants the extra `local`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from batchcompute import Client
    from batchcompute.server import LocalServer


@pytest.fixture
def batchcompute_service() -> Iterator[LocalServer]:
    """A fresh service for one test, gone with all its data and programs after it.

    Its machines boot at once. `environment()` says what to set for programs that the test starts.
    """
    try:
        from batchcompute.server import LocalServer
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)
    with LocalServer(boot_seconds=0) as service:
        yield service


@pytest.fixture
def batchcompute_client(batchcompute_service: LocalServer) -> Iterator[Client]:
    """A client of `batchcompute_service`."""
    from batchcompute import Client

    service = batchcompute_service
    with Client(service.endpoint, service.access_key_id, service.access_key_secret) as client:
        yield client
