"""Refusals whose cause the client can remove: a clock that is wrong, credentials that are over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import httpx
import pytest

from batchcompute import Client, ClientError, ConfigError, Credentials, RetryEvent, RetryPolicy
from batchcompute.exceptions import AuthenticationError

from .conftest import Clock, FarSide

MakeClient = Callable[..., Client]
_HOUR = 3600


def _refusal(code: str, ahead: float | None = None) -> httpx.Response:
    """Return a refusal by a service whose clock is ahead of ours by so many seconds."""
    headers = {} if ahead is None else {"date": formatdate(time.time() + ahead, usegmt=True)}
    return httpx.Response(400, json={"Code": code, "Message": "m"}, headers=headers)


def _late(request: httpx.Request) -> float:
    """Return by how many seconds a request is dated ahead of this machine's clock."""
    return parsedate_to_datetime(request.headers["date"]).timestamp() - time.time()


# -- the clock ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [_HOUR, -_HOUR])
@pytest.mark.parametrize("code", ["InvalidTimeStamp.Expired", "InvalidTimeStamp"])
def test_refused_date_is_corrected_for_this_request_and_all_others(
    client: Client, far_side: FarSide, clock: Clock, ahead: int, code: str
) -> None:
    far_side.answers = [_refusal(code, ahead)]
    client.create_cluster({"Name": "n", "ImageId": "i", "Groups": {}})
    client.with_options(headers={"x-mine": "1"}).get_job("j")
    client.set_version("2016-11-11")
    client.get_job("j")

    first, *others = far_side.requests
    assert abs(_late(first)) < 60
    assert [abs(_late(request) - ahead) < 60 for request in others] == [True] * 3
    repeated = others[0]
    assert repeated.url == first.url  # the same idempotency token
    for name in ("authorization", "x-acs-signature-nonce"):
        assert repeated.headers[name] != first.headers[name]
    assert clock.slept == [0.0]


def test_date_is_corrected_once_per_call(client: Client, far_side: FarSide) -> None:
    far_side.answers = [
        _refusal("InvalidTimeStamp.Expired", _HOUR),
        _refusal("InvalidTimeStamp.Expired", 2 * _HOUR),
    ]
    with pytest.raises(AuthenticationError) as caught:
        client.get_job("j")
    assert (caught.value.attempts, len(far_side.requests)) == (2, 2)


def test_clock_that_was_set_right_is_noticed(client: Client, far_side: FarSide) -> None:
    far_side.answers = [_refusal("InvalidTimeStamp.Expired", _HOUR)]
    client.get_job("j")
    far_side.answers = [_refusal("InvalidTimeStamp.Expired", 0)]
    client.get_job("j")

    assert abs(_late(far_side.last)) < 60


@pytest.mark.parametrize(
    ("code", "ahead"),
    [
        ("InvalidTimeStamp.Expired", 0),  # our date was right: a repeat would have it, too
        ("InvalidTimeStamp.Expired", None),
        ("InvalidTimeStamp.Format", _HOUR),
        ("SignatureDoesNotMatch", _HOUR),
        ("InvalidAccessKeyId.NotFound", None),
        ("InvalidSecurityToken", None),
    ],
)
def test_refusal_that_cannot_be_helped_is_final(
    client: Client, far_side: FarSide, code: str, ahead: int | None
) -> None:
    # Made now, as it has the time of this moment.
    far_side.answers = [_refusal(code, ahead)]
    with pytest.raises(AuthenticationError):
        client.get_job("j")
    assert len(far_side.requests) == 1


def test_refusal_whose_date_makes_no_sense_is_final(client: Client, far_side: FarSide) -> None:
    refusal = {"Code": "InvalidTimeStamp.Expired"}
    far_side.answers = [httpx.Response(400, json=refusal, headers={"date": "soon"})]
    with pytest.raises(AuthenticationError):
        client.get_job("j")
    assert len(far_side.requests) == 1


def test_own_date_of_a_program_stays(make_client: MakeClient, far_side: FarSide) -> None:
    client = make_client(default_headers={"Date": formatdate(0, usegmt=True)})
    far_side.answers = [_refusal("InvalidTimeStamp.Expired", 0)]
    with pytest.raises(AuthenticationError):
        client.get_job("j")
    assert len(far_side.requests) == 1


@pytest.mark.parametrize("retry", [None, RetryPolicy(max_attempts=1)])
def test_without_retries_nothing_is_corrected(
    make_client: MakeClient, far_side: FarSide, retry: RetryPolicy | None
) -> None:
    far_side.answers = [_refusal("InvalidTimeStamp.Expired", _HOUR)]
    client = make_client("cn-shenzhen", credentials=lambda: Credentials("a", "b"), retry=retry)
    with pytest.raises(AuthenticationError):
        client.get_job("j")
    far_side.answers = [_refusal("InvalidSecurityToken")]
    with pytest.raises(AuthenticationError):
        client.get_job("j")
    assert len(far_side.requests) == 2


# -- credentials ----------------------------------------------------------------------------------


def _keys() -> Iterator[Credentials]:
    number = 0
    while True:
        number += 1
        yield Credentials(f"key-{number}", f"secret-{number}", f"token-{number}")


@pytest.mark.parametrize(
    "code",
    [
        "InvalidSecurityToken",
        "InvalidSecurityToken.Expired",
        "InvalidAccessKeyId.NotFound",
        "InvalidAccessKeyId.Inactive",
    ],
)
def test_refused_credentials_are_fetched_again(
    make_client: MakeClient, far_side: FarSide, clock: Clock, code: str
) -> None:
    events: list[RetryEvent] = []
    keys = _keys()
    client = make_client(
        "cn-shenzhen",
        credentials=lambda: next(keys),
        retry=RetryPolicy(on_retry=events.append),
    )
    far_side.answers = [_refusal(code)]
    client.create_cluster({"Name": "n", "ImageId": "i", "Groups": {}})

    tokens = [request.headers["x-acs-security-token"] for request in far_side.requests]
    assert tokens == ["token-1", "token-2"]
    assert far_side.last.headers["authorization"].startswith("acs key-2:")
    assert [(event.operation, event.attempt, event.delay) for event in events] == [
        ("create_cluster", 1, 0.0)
    ]
    assert clock.slept == [0.0]


def test_credentials_are_renewed_once_per_call(make_client: MakeClient, far_side: FarSide) -> None:
    keys = _keys()
    client = make_client("cn-shenzhen", credentials=lambda: next(keys))
    far_side.answers = [_refusal("InvalidSecurityToken"), _refusal("InvalidSecurityToken")]
    with pytest.raises(AuthenticationError) as caught:
        client.get_job("j")
    assert (caught.value.attempts, len(far_side.requests)) == (2, 2)


def test_source_that_has_no_others_is_not_tried_again(
    make_client: MakeClient, far_side: FarSide
) -> None:
    events: list[RetryEvent] = []
    client = make_client(
        "cn-shenzhen",
        credentials=lambda: Credentials("a", "b", "c"),
        retry=RetryPolicy(on_retry=events.append),
    )
    far_side.answers = [httpx.Response(503), _refusal("InvalidSecurityToken")]
    with pytest.raises(AuthenticationError) as caught:
        client.get_job("j")
    assert (caught.value.attempts, len(far_side.requests), len(events)) == (2, 2, 1)
    assert any("may have been carried out" in note for note in caught.value.__notes__)


class _Keeper:
    """A source that keeps its credentials until it is told to renew them."""

    def __init__(self) -> None:
        self.number = 1

    def __call__(self) -> Credentials:
        return Credentials(f"key-{self.number}", "secret")

    def refresh(self) -> Credentials:
        self.number += 1
        return self()


def test_source_that_keeps_credentials_is_told_to_renew_them(
    make_client: MakeClient, far_side: FarSide
) -> None:
    client = make_client("cn-shenzhen", credentials=_Keeper())
    far_side.answers = [_refusal("InvalidSecurityToken")]
    client.get_job("j")
    client.get_job("j")

    keys = [request.headers["x-acs-access-key-id"] for request in far_side.requests]
    assert keys == ["key-1", "key-2", "key-2"]


def test_source_that_fails_meanwhile_says_so(make_client: MakeClient, far_side: FarSide) -> None:
    found: list[Any] = [Credentials("a", "b"), None]
    client = make_client("cn-shenzhen", credentials=lambda: found.pop(0))
    far_side.answers = [_refusal("InvalidSecurityToken")]
    with pytest.raises(ConfigError, match="returned NoneType"):
        client.get_job("j")


def test_clock_and_credentials_are_corrected_in_one_call(
    make_client: MakeClient, far_side: FarSide
) -> None:
    keys = _keys()
    client = make_client("cn-shenzhen", credentials=lambda: next(keys))
    far_side.answers = [
        _refusal("InvalidTimeStamp.Expired", _HOUR),
        _refusal("InvalidSecurityToken"),
    ]
    client.get_job("j")

    assert len(far_side.requests) == 3
    assert abs(_late(far_side.last) - _HOUR) < 60


def test_corrections_count_as_attempts(make_client: MakeClient, far_side: FarSide) -> None:
    client = make_client(retry=RetryPolicy(max_attempts=2))
    far_side.answers = [httpx.Response(503), _refusal("InvalidTimeStamp.Expired", _HOUR)]
    with pytest.raises(ClientError) as caught:
        client.get_job("j")
    assert caught.value.attempts == 2
