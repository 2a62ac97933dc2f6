"""Waiting through the clients themselves: what reaches the far side, and when."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from batchcompute import (
    Client,
    JsonError,
    StateConflictError,
    Timeout,
    TransportError,
    WaitTimeoutError,
)

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

    assert not caught.value.retryable
    assert (len(far_side.requests), clock.slept) == (1, [])


@pytest.mark.parametrize("wait", _WAITS, ids=_WAIT_NAMES)
def test_network_that_stays_silent_ends_a_wait_after_a_while(
    client: Client, far_side: FarSide, clock: Clock, wait: Callable[[Client], Any]
) -> None:
    far_side.always = lambda: httpx.ConnectError("no such host")
    with pytest.raises(TransportError) as caught:
        wait(client)

    assert caught.value.retryable
    assert 600 <= clock.now <= 620


class Hung:
    """A far side that lets requests run into their limits, from one on."""

    def __init__(self, far_side: FarSide, clock: Clock, answered: int = 0, state: str = "") -> None:
        self.far_side = far_side
        self.clock = clock
        self.answered = answered
        self.state = state
        #: Seconds that each request was given.
        self.limits: list[float] = []

    def __call__(self) -> httpx.Response | Exception:
        if len(self.far_side.requests) <= self.answered:
            return httpx.Response(200, json={"Id": "x-1", "State": self.state})
        limit = self.far_side.last.extensions["timeout"]["read"]
        self.limits.append(limit)
        self.clock.now += limit
        return httpx.ReadTimeout("silence")


_TIMED: list[Callable[[Client, float], Any]] = [
    lambda client, timeout: client.wait_jobs(["j-1", "j-2"], timeout=timeout),
    lambda client, timeout: client.wait_cluster("cls-1", timeout=timeout),
]


@pytest.mark.parametrize("wait", _TIMED, ids=_WAIT_NAMES[1:])
@pytest.mark.parametrize(
    ("timeout", "answered", "longest"),
    [
        # Nothing is ever answered.
        (5.0, 0, 5.0),
        # The silence begins later.
        (5.0, 4, 5.0),
        # A poll without time has a moment.
        (0.0, 0, 1.0),
    ],
)
def test_requests_of_a_wait_are_given_up_when_its_time_is_over(
    make_client: Callable[..., Client],
    far_side: FarSide,
    clock: Clock,
    wait: Callable[[Client, float], Any],
    timeout: float,
    answered: int,
    longest: float,
) -> None:
    hung = Hung(far_side, clock, answered, "Running")
    far_side.always = hung
    with pytest.raises(WaitTimeoutError):
        wait(make_client(timeout=6), timeout)

    assert clock.now <= timeout + 1
    assert max(hung.limits) <= longest


def test_requests_of_a_wait_keep_the_shorter_limits_of_the_client(
    make_client: Callable[..., Client], far_side: FarSide, clock: Clock
) -> None:
    hung = Hung(far_side, clock)
    far_side.always = hung
    with pytest.raises(WaitTimeoutError):
        make_client(timeout=Timeout(read=2, total=3)).wait_jobs("j-1", timeout=100)

    assert max(hung.limits) == 2
    assert clock.now <= 101


def test_poll_of_a_hung_service_is_over_in_time_and_tries_to_stop_the_jobs(
    make_client: Callable[..., Client], far_side: FarSide, clock: Clock
) -> None:
    hung = Hung(far_side, clock)
    far_side.always = hung

    assert make_client(timeout=60).poll(["j-1", "j-2", "j-3"], timeout=5) == ["Timeout(5)."]
    # The stopping has its own time, which silence uses up.
    assert clock.now <= 5 + 1 + 10
    assert [request.method for request in far_side.requests][-1] == "POST"


def test_round_of_poll_ends_with_the_time(client: Client, far_side: FarSide, clock: Clock) -> None:
    def slow() -> httpx.Response:
        clock.now += 2
        return httpx.Response(200, json={"Id": "j", "State": "Finished"})

    far_side.always = slow
    assert client.poll([f"j-{n}" for n in range(9)], timeout=7, stop_others=False) == [
        "Timeout(7)."
    ]
    assert len(far_side.requests) == 4


def test_wait_for_a_cluster_that_is_being_deleted_raises_what_the_service_said(
    client: Client, far_side: FarSide
) -> None:
    content = {"Id": "cls-1", "State": "Deleting"}
    far_side.always = lambda: httpx.Response(
        200, json=content, headers={"x-acs-request-id": "R-1", "x-other": "1"}
    )
    with pytest.raises(StateConflictError, match="cls-1 is being deleted") as caught:
        client.wait_cluster("cls-1")

    error = caught.value
    # No refusal was answered, so there is neither its status nor a code.
    assert (error.status, error.code, error.request_id) == (200, "", "R-1")
    assert (error.operation, error.content) == ("get_cluster", content)
    assert error.headers["x-other"] == "1"


_ENDED: dict[str, Any] = {"Id": "x-1", "State": "Finished"}
_READY: dict[str, Any] = {"Id": "x-1", "State": "Active", "Groups": {}}


@pytest.mark.parametrize(
    ("wait", "last"), list(zip(_WAITS, (_ENDED, _ENDED, _READY), strict=True)), ids=_WAIT_NAMES
)
@pytest.mark.parametrize("status", [200, 502])
def test_page_of_a_gateway_is_waited_out_whatever_its_status(
    client: Client,
    far_side: FarSide,
    wait: Callable[[Client], Any],
    last: dict[str, Any],
    status: int,
) -> None:
    page = httpx.Response(status, content=b"<html>one moment</html>")
    far_side.answers = [page] * 3
    far_side.always = lambda: httpx.Response(200, json=last)

    wait(client)
    assert len(far_side.requests) >= 4


@pytest.mark.parametrize("wait", _WAITS, ids=_WAIT_NAMES)
def test_gateway_that_only_has_pages_ends_a_wait_after_a_while(
    client: Client, far_side: FarSide, clock: Clock, wait: Callable[[Client], Any]
) -> None:
    far_side.always = lambda: httpx.Response(200, content=b"<html>")
    with pytest.raises(JsonError):
        wait(client)
    assert 600 <= clock.now <= 620


def test_lists_that_cannot_be_read_are_not_asked_for_again(
    client: Client, far_side: FarSide
) -> None:
    def answer() -> httpx.Response:
        if far_side.last.url.path == "/jobs":
            return httpx.Response(200, content=b"<html>")
        return httpx.Response(200, json=_ENDED)

    far_side.always = answer
    assert len(client.wait_jobs([f"job-{n}" for n in range(6)])) == 6
    assert [request.url.path for request in far_side.requests].count("/jobs") == 1


@pytest.mark.parametrize(
    ("wait", "last"), list(zip(_WAITS, (_ENDED, _ENDED, _READY), strict=True)), ids=_WAIT_NAMES
)
def test_service_is_left_alone_for_as_long_as_it_wants(
    client: Client,
    far_side: FarSide,
    clock: Clock,
    wait: Callable[[Client], Any],
    last: dict[str, Any],
) -> None:
    far_side.answers = [httpx.Response(429, headers={"retry-after": "300"})]
    far_side.always = lambda: httpx.Response(200, json=last)

    wait(client)
    assert clock.slept == [300]


def test_wait_is_over_in_time_though_the_service_wants_to_be_left_alone(
    client: Client, far_side: FarSide, clock: Clock
) -> None:
    far_side.always = lambda: httpx.Response(429, headers={"retry-after": "300"})
    with pytest.raises(WaitTimeoutError):
        client.wait_jobs("j-1", timeout=20)
    assert clock.now == 20
