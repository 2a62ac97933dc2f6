"""Waiting through the clients themselves: what reaches the far side, and when."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from batchcompute import Client, TransportError

from .conftest import Clock, FarSide

_WAITS: list[Callable[[Client], Any]] = [
    lambda client: client.poll("j-1"),
    lambda client: client.wait_jobs("j-1"),
    lambda client: client.wait_cluster("cls-1"),
]
_WAIT_NAMES = ["poll", "wait_jobs", "wait_cluster"]


def _untrusted() -> httpx.ConnectError:
    error = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError(1, str(error))
    return error


@pytest.mark.parametrize("wait", _WAITS, ids=_WAIT_NAMES)
@pytest.mark.parametrize(
    "failure", [_untrusted(), httpx.UnsupportedProtocol("ftp?")], ids=["certificate", "protocol"]
)
def test_failure_of_the_network_that_stays_ends_a_wait_at_once(
    client: Client,
    far_side: FarSide,
    clock: Clock,
    wait: Callable[[Client], Any],
    failure: httpx.HTTPError,
) -> None:
    far_side.always = lambda: failure
    with pytest.raises(TransportError) as caught:
        wait(client)

    assert not caught.value.passing
    assert (len(far_side.requests), clock.slept) == (1, [])


@pytest.mark.parametrize("wait", _WAITS, ids=_WAIT_NAMES)
def test_network_that_stays_silent_ends_a_wait_after_a_while(
    client: Client, far_side: FarSide, clock: Clock, wait: Callable[[Client], Any]
) -> None:
    far_side.always = lambda: httpx.ConnectError("no such host")
    with pytest.raises(TransportError) as caught:
        wait(client)

    assert caught.value.passing
    assert 600 <= clock.now <= 620
