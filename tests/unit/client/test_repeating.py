"""Retries, timeouts and options of a call, as they appear at the wire."""

from __future__ import annotations

import asyncio
import logging
import pickle
import ssl
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpcore
import httpx
import pytest

from batchcompute import (
    Client,
    ClientError,
    RequestTimeoutError,
    RetryPolicy,
    ServiceError,
    ThrottledError,
    Timeout,
    TransportError,
    types,
)
from batchcompute._http.options import Limits, Options
from batchcompute.exceptions import AuthenticationError, NotFoundError
from batchcompute.resources import AppJobDescription
from batchcompute.retry import RetryBudget, RetryEvent

from .conftest import Clock, FarSide

_CLUSTER: types.ClusterDescription = {"Name": "n", "ImageId": "img-1", "Groups": {}}
_REFUSED = httpx.ConnectError("refused")
_LOST = httpx.ReadTimeout("too slow")
_THROTTLED = httpx.Response(400, json={"Code": "Throttling.User"})
_BROKEN = httpx.Response(500, json={"Code": "InternalError"})
_GATEWAY = httpx.Response(502, content=b"<html>")

MakeClient = Callable[..., Client]


@pytest.mark.parametrize("failure", [_REFUSED, _LOST, _THROTTLED, _BROKEN, _GATEWAY], ids=repr)
@pytest.mark.parametrize(
    "call", [lambda c: c.get_job("j"), lambda c: c.delete_job("j"), lambda c: c.list_jobs()]
)
def test_idempotent_operation_is_repeated_whatever_became_of_it(
    client: Client, far_side: FarSide, clock: Clock, failure: Any, call: Callable[[Client], Any]
) -> None:
    far_side.answers = [failure, failure]
    far_side.always = lambda: httpx.Response(200, json={})

    assert call(client).StatusCode == 200
    assert clock.slept == [0.25, 0.5]
    assert len(far_side.requests) == 3


@pytest.mark.parametrize(
    ("failure", "count"),
    [(_REFUSED, 2), (_THROTTLED, 2), (_LOST, 1), (_BROKEN, 1), (_GATEWAY, 1)],
    ids=repr,
)
@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.start_job("j"),
        lambda c: c.stop_job("j"),
        lambda c: c.modify_app("a", {}),
        lambda c: c.recreate_cluster_instance("c", "g", "i"),
    ],
)
def test_other_operation_is_repeated_only_if_it_was_surely_not_carried_out(
    client: Client, far_side: FarSide, failure: Any, count: int, call: Callable[[Client], Any]
) -> None:
    far_side.answers = [failure]
    if count == 2:
        call(client)
    else:
        with pytest.raises((ClientError, TransportError)) as caught:
            call(client)
        assert vars(caught.value)["attempts"] == 1
    assert len(far_side.requests) == count


def test_creation_is_repeated_with_one_token_and_everything_else_new(
    client: Client, far_side: FarSide
) -> None:
    far_side.answers = [_LOST, _BROKEN]

    assert client.create_cluster(_CLUSTER).Id == "x-1"

    assert len(far_side.requests) == 3
    tokens = {request.url.params["IdempotentToken"] for request in far_side.requests}
    (token,) = tokens
    assert token.isalnum()
    assert len(token) <= 64
    for header in ("x-acs-signature-nonce", "authorization"):
        assert len({request.headers[header] for request in far_side.requests}) == 3
    assert len({request.content for request in far_side.requests}) == 1


def test_token_is_new_for_each_call_and_never_replaces_a_given_one(
    client: Client, far_side: FarSide
) -> None:
    client.create_cluster(_CLUSTER)
    client.create_cluster(_CLUSTER)
    client.create_cluster(_CLUSTER, "mine_1")

    first, second, given = (r.url.params["IdempotentToken"] for r in far_side.requests)
    assert first != second
    assert given == "mine_1"


def test_client_without_retries_tries_once_and_adds_no_token(
    make_client: MakeClient, far_side: FarSide
) -> None:
    client = make_client(retry=None)
    client.create_cluster(_CLUSTER)
    assert far_side.last.url.raw_path == b"/clusters"

    far_side.answers = [_REFUSED]
    with pytest.raises(TransportError):
        client.get_job("j")
    assert len(far_side.requests) == 2


def test_attempts_are_numbered_and_limited(
    make_client: MakeClient, far_side: FarSide, clock: Clock
) -> None:
    far_side.always = lambda: httpx.Response(503)
    with pytest.raises(ServiceError) as caught:
        make_client(retry=RetryPolicy(max_attempts=3)).get_job("j")

    assert caught.value.attempts == 3
    assert "may have been carried out" in caught.value.__notes__[-1]
    assert len(far_side.requests) == 3


def test_refusal_is_not_repeated(client: Client, far_side: FarSide, clock: Clock) -> None:
    for status, code, kind in (
        (404, "InvalidResource.NotFound", NotFoundError),
        (400, "InvalidTimeStamp.Expired", AuthenticationError),
        (400, "SignatureDoesNotMatch", AuthenticationError),
        (501, "NotImplemented", ServiceError),
    ):
        far_side.answers = [httpx.Response(status, json={"Code": code})]
        with pytest.raises(kind):
            client.get_job("j")
    assert clock.slept == []


def _tls_failure(cause: Exception, kind: type[httpx.TransportError]) -> httpx.TransportError:
    """Return what httpx raises for a failure of TLS: its own error, with the real one behind it."""
    try:
        try:
            raise cause
        except Exception as error:
            raise httpcore.ConnectError(error) from error
    except httpcore.ConnectError as error:
        # As its pool raises it again, which hides the real one and keeps it.
        error.__cause__, error.__suppress_context__ = None, True
        made = kind(str(error))
        made.__cause__ = error
        return made


_UNTRUSTED = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] unknown issuer")
_CUT = ssl.SSLEOFError(8, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred")
_PLAIN = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")


@pytest.mark.parametrize(("cause", "hint"), [(_UNTRUSTED, False), (_PLAIN, True)], ids=repr)
def test_failure_of_encryption_that_will_not_pass_is_not_repeated(
    client: Client, far_side: FarSide, clock: Clock, cause: Exception, hint: bool
) -> None:
    far_side.answers = [_tls_failure(cause, httpx.ConnectError)]
    with pytest.raises(TransportError) as caught:
        client.get_job("j")
    assert ("plain HTTP" in str(caught.value)) is hint
    assert caught.value.retryable is False
    assert pickle.loads(pickle.dumps(caught.value)).retryable is False
    assert clock.slept == []


@pytest.mark.parametrize(
    ("kind", "repeated"), [(httpx.ConnectError, True), (httpx.ReadError, False)]
)
def test_encrypted_connection_that_breaks_is_like_any_other(
    make_client: MakeClient, far_side: FarSide, clock: Clock, kind: Any, repeated: bool
) -> None:
    far_side.answers = [_tls_failure(_CUT, kind)] * 2
    client = make_client()
    assert client.get_job("j").Id == "x-1"
    assert len(far_side.requests) == 3

    # What was sent may have been carried out; a connection that never was has carried nothing.
    far_side.answers = [_tls_failure(_CUT, kind)]
    if repeated:
        client.stop_job("j")
    else:
        with pytest.raises(TransportError, match="UNEXPECTED_EOF") as caught:
            client.stop_job("j")
        assert "plain HTTP" not in str(caught.value)
        assert caught.value.retryable is True
    assert len(far_side.requests) == (5 if repeated else 4)


@pytest.mark.parametrize(
    ("header", "slept"), [("3", 3.25), ("0", 0.25), ("30", 30.25), ("soon", 0.25)]
)
def test_retry_after_in_seconds_is_honoured(
    client: Client, far_side: FarSide, clock: Clock, header: str, slept: float
) -> None:
    far_side.answers = [httpx.Response(429, headers={"retry-after": header})]
    client.get_job("j")

    assert clock.slept == [slept]


def test_service_that_wants_to_be_left_alone_for_long_is_not_asked_again(
    client: Client, far_side: FarSide, clock: Clock
) -> None:
    far_side.answers = [httpx.Response(429, headers={"retry-after": "3600"})]
    with pytest.raises(ThrottledError) as caught:
        client.get_job("j")

    assert (caught.value.retry_after, caught.value.attempts) == (3600, 1)
    assert pickle.loads(pickle.dumps(caught.value)).retry_after == 3600
    assert clock.slept == []
    far_side.answers = [httpx.Response(404)]
    with pytest.raises(NotFoundError) as final:
        client.get_job("j")
    assert final.value.retry_after is None


@pytest.mark.parametrize("call", [lambda c: c.get_job("j"), lambda c: c.create_cluster(_CLUSTER)])
def test_request_that_nobody_answers_in_time_is_tried_once_more(
    client: Client, far_side: FarSide, clock: Clock, call: Callable[[Client], Any]
) -> None:
    def keep_silent() -> Exception:
        clock.now += far_side.last.extensions["timeout"]["read"]
        return httpx.ReadTimeout("too slow")

    far_side.always = keep_silent
    with pytest.raises(RequestTimeoutError) as caught:
        call(client)
    assert caught.value.attempts == len(far_side.requests) == 2


def test_retry_after_as_a_date_is_read_by_the_clock_of_the_service(
    client: Client, far_side: FarSide, clock: Clock
) -> None:
    # A service a year ahead, which asks for ten seconds.
    now = 2_000_000_000
    dates = {"date": formatdate(now, usegmt=True), "retry-after": formatdate(now + 10, usegmt=True)}
    far_side.answers = [httpx.Response(429, headers=dates)]
    client.get_job("j")

    assert clock.slept == [pytest.approx(10.25, abs=0.5)]


def test_time_for_all_attempts_is_limited(
    make_client: MakeClient, far_side: FarSide, clock: Clock
) -> None:
    far_side.always = lambda: httpx.Response(429, headers={"retry-after": "10"})
    policy = RetryPolicy(max_attempts=100, max_seconds=25)
    with pytest.raises(ThrottledError):
        make_client(retry=policy).get_job("j")

    assert len(clock.slept) == 2


@pytest.mark.parametrize("seconds", [1e12, float("inf")])
def test_total_that_nobody_can_count_is_none_for_a_single_call_too(seconds: float) -> None:
    for timeout in (None, 60):
        assert Options.of(timeout, None).within(seconds).limits.total is None
    assert Options.of(Timeout(total=5), None).within(seconds).limits.total == 5


def test_total_timeout_limits_retries_and_each_phase(
    make_client: MakeClient, far_side: FarSide, clock: Clock
) -> None:
    far_side.always = lambda: httpx.Response(429, headers={"retry-after": "3"})
    client = make_client(timeout=Timeout(connect=5, read=60, total=8))
    with pytest.raises(ThrottledError):
        client.get_job("j")

    limits = [request.extensions["timeout"] for request in far_side.requests]
    assert [limit["connect"] for limit in limits] == [5, pytest.approx(4.75), pytest.approx(1.5)]
    assert [limit["read"] for limit in limits] == [8, pytest.approx(4.75), pytest.approx(1.5)]


@pytest.mark.parametrize("make_client", ["sync"], indirect=True)
def test_total_timeout_ends_an_answer_that_trickles(
    make_client: MakeClient, far_side: FarSide, clock: Clock
) -> None:
    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            while True:
                clock.now += 1
                yield b" "

    far_side.always = lambda: httpx.Response(200, stream=Trickle())
    with pytest.raises(RequestTimeoutError, match="within 8 seconds") as caught:
        make_client(timeout=Timeout(total=8)).get_job("j")
    assert caught.value.operation == "get_job"


@pytest.mark.parametrize("make_client", ["async"], indirect=True)
def test_total_timeout_cancels_an_asynchronous_request(
    make_client: MakeClient, far_side: FarSide
) -> None:
    class Silence(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            await asyncio.Event().wait()
            yield b""

    far_side.always = lambda: httpx.Response(200, stream=Silence())
    with pytest.raises(RequestTimeoutError) as caught:
        make_client(timeout=Timeout(total=0.01), retry=None).get_job("j")
    assert caught.value.operation == "get_job"


def test_answer_within_the_total_timeout_is_read_as_usual(
    make_client: MakeClient, far_side: FarSide
) -> None:
    assert make_client(timeout=Timeout(total=8)).create_cluster(_CLUSTER).Id == "x-1"


@pytest.mark.parametrize(
    ("given", "connect", "read", "total"),
    [
        (5, 5, 5, None),
        (None, None, None, None),
        (httpx.Timeout(7, connect=2), 2, 7, None),
        (Timeout(), 10, 60, None),
        (Timeout(1, 2, 3), 1, 2, 3),
        # More than an operating system can count.
        (float("inf"), None, None, None),
        (1e12, None, None, None),
        (Timeout(1, 1e300, float("inf")), 1, None, None),
        (httpx.Timeout(1e12, connect=2), 2, None, None),
    ],
)
def test_timeout_is_understood_in_every_form(
    given: Any, connect: float | None, read: float | None, total: float | None
) -> None:
    limits = Limits.of(given)

    assert (limits.phases["connect"], limits.phases["read"]) == (connect, read)
    assert limits.total == total


@pytest.mark.parametrize("wrong", [0, -1, Timeout(total=0), Timeout(read=-5), "5", [1]])
def test_timeout_that_makes_no_sense_is_refused(make_client: MakeClient, wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="timeout"):
        make_client(timeout=wrong)
    with pytest.raises((TypeError, ValueError), match="timeout"):
        make_client().with_options(timeout=wrong)
    with pytest.raises(TypeError, match="RetryPolicy"):
        make_client(retry=3)


def test_options_of_a_call_are_those_of_a_copy(client: Client, far_side: FarSide) -> None:
    hasty = client.with_options(timeout=1, retry=None, headers={"X-Acs-Trace": "t-1"})
    assert type(hasty) is type(client)
    far_side.answers = [_REFUSED]
    with pytest.raises(TransportError):
        hasty.get_job("j")
    assert far_side.last.extensions["timeout"]["read"] == 1
    assert far_side.last.headers["x-acs-trace"] == "t-1"

    client.get_job("j")
    assert far_side.last.extensions["timeout"]["read"] == 60
    assert "x-acs-trace" not in far_side.last.headers
    hasty.version = "2020-01-01"
    assert client.version == "2015-11-11"
    # What is not changed stays.
    hasty.with_options().get_job("j")
    assert far_side.last.extensions["timeout"]["read"] == 1
    assert far_side.last.headers["x-acs-trace"] == "t-1"


def test_synchronous_run_is_waited_for_unless_the_program_says_how_long(
    make_client: MakeClient, far_side: FarSide
) -> None:
    def run(client: Client) -> Any:
        client.create_job(
            AppJobDescription({"Name": "n", "Type": "App", "App": {"AppName": "a", "Inputs": {}}}),
            sync=True,
        )
        return far_side.last.extensions["timeout"]

    usual = make_client()
    unlimited = {"connect": 10, "read": None, "write": 60, "pool": 60}
    assert run(usual) == unlimited
    assert run(usual.with_options(retry=None)) == unlimited
    assert run(usual.with_options(timeout=7))["read"] == 7
    assert run(make_client(timeout=5))["read"] == 5
    assert run(make_client(timeout=Timeout()))["read"] == 60
    usual.get_job("j")
    assert far_side.last.extensions["timeout"]["read"] == 60


def test_copies_share_connections_and_the_budget() -> None:
    client = Client("http://127.0.0.1:1", "id", "secret")
    copy = client.with_options(timeout=1)
    assert copy._transport is client._transport
    copy.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.get_job("j")


def test_broken_service_is_not_hammered(client: Client, far_side: FarSide) -> None:
    client._transport.budget = RetryBudget(capacity=5)
    far_side.always = lambda: httpx.Response(503)
    for _ in range(20):
        with pytest.raises(ServiceError):
            client.get_job("j")
    assert len(far_side.requests) == 20 + 5

    far_side.always = lambda: httpx.Response(200, json={})
    for _ in range(10):
        client.get_job("j")
    assert client._transport.budget.left >= 1


def test_retries_are_told_to_the_log_and_the_hook(
    make_client: MakeClient, far_side: FarSide, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[RetryEvent] = []
    far_side.answers = [_BROKEN, _REFUSED]
    with caplog.at_level(logging.INFO, logger="batchcompute"):
        make_client(retry=RetryPolicy(on_retry=seen.append)).get_job("j")

    assert [(event.operation, event.attempt, event.delay) for event in seen] == [
        ("get_job", 1, 0.25),
        ("get_job", 2, 0.5),
    ]
    assert [type(event.error) for event in seen] == [ServiceError, TransportError]
    lines = [r.getMessage() for r in caplog.records if r.name == "batchcompute.client"]
    assert lines[0] == (
        "get_job: attempt 1 of 4 failed (ServiceError 500 InternalError), "
        "the next one begins in 0.25 s"
    )
    assert len(lines) == 2


def test_hook_that_raises_ends_the_call(make_client: MakeClient, far_side: FarSide) -> None:
    def enough(event: RetryEvent) -> None:
        raise KeyError(event.attempt)

    far_side.answers = [_REFUSED]
    with pytest.raises(KeyError):
        make_client(retry=RetryPolicy(on_retry=enough)).get_job("j")
    assert len(far_side.requests) == 1
