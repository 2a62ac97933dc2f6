"""The decisions about retries, as laws."""

from __future__ import annotations

import threading
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute._http.error_codes import outcome_of_response
from batchcompute.config import DEFAULT_TIMEOUT
from batchcompute.retry import (
    DEFAULT_RETRY,
    Outcome,
    RetryBudget,
    RetryPolicy,
    parse_retry_after,
)

_SECONDS = st.floats(0, 1000, allow_nan=False)
_POLICIES = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 200),
    max_seconds=_SECONDS,
    base_delay=_SECONDS,
    max_delay=_SECONDS,
    max_retry_after=_SECONDS,
)
_FRACTIONS = st.floats(0, 1)
_ATTEMPTS = st.integers(1, 300)
_ASKED = st.none() | st.floats(0, 1e9, allow_nan=False)


@given(_POLICIES, st.sampled_from(Outcome), st.booleans(), _ATTEMPTS, _SECONDS, _ASKED, _FRACTIONS)
def test_delay_keeps_every_promise_of_the_policy(
    policy: RetryPolicy,
    outcome: Outcome,
    repeatable: bool,
    attempt: int,
    elapsed: float,
    retry_after: float | None,
    fraction: float,
) -> None:
    delay = policy.delay(outcome, repeatable, attempt, elapsed, retry_after, fraction)

    if delay is None:
        return
    assert outcome is not Outcome.FINAL
    assert repeatable or outcome is Outcome.REJECTED
    assert attempt < policy.max_attempts
    assert delay >= 0
    assert elapsed + delay <= policy.max_seconds
    if retry_after is None:
        assert delay <= policy.max_delay
    else:
        assert retry_after <= policy.max_retry_after
        assert retry_after <= delay <= retry_after + policy.base_delay


@given(_POLICIES, _ATTEMPTS, _SECONDS, _FRACTIONS, _ASKED)
def test_what_may_be_repeated_when_ambiguous_may_be_when_rejected(
    policy: RetryPolicy, attempt: int, elapsed: float, fraction: float, asked: float | None
) -> None:
    ambiguous = policy.delay(Outcome.AMBIGUOUS, True, attempt, elapsed, asked, fraction)

    for repeatable in (True, False):
        rejected = policy.delay(Outcome.REJECTED, repeatable, attempt, elapsed, asked, fraction)
        assert rejected == ambiguous


@given(_ATTEMPTS, _FRACTIONS)
def test_delay_doubles_and_is_fully_jittered(attempt: int, fraction: float) -> None:
    policy = RetryPolicy(max_attempts=1000, max_seconds=1e9, base_delay=0.5, max_delay=20)

    delay = policy.delay(Outcome.REJECTED, False, attempt, 0, None, fraction)

    assert delay == pytest.approx(fraction * min(20, 0.5 * 2 ** (attempt - 1)))


@pytest.mark.parametrize(
    "wrong",
    [{"max_attempts": 0}, {"max_seconds": -1}, {"base_delay": float("nan")}, {"max_delay": -0.1}],
)
def test_policy_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RetryPolicy(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (429, "", Outcome.REJECTED),
        (400, "Throttling", Outcome.REJECTED),
        (400, "Throttling.User", Outcome.REJECTED),
        (503, "Throttling", Outcome.REJECTED),
        (503, "Unknown code", Outcome.AMBIGUOUS),
        (502, "Unknown code", Outcome.AMBIGUOUS),
        (504, "", Outcome.AMBIGUOUS),
        (408, "", Outcome.AMBIGUOUS),
        (500, "InternalError", Outcome.AMBIGUOUS),
        (500, "Unknown code", Outcome.AMBIGUOUS),
        (500, "SomethingWrongWithYourJob", Outcome.FINAL),
        (501, "NotImplemented", Outcome.FINAL),
        (400, "InvalidTimeStamp.Expired", Outcome.FINAL),
        (400, "SignatureDoesNotMatch", Outcome.FINAL),
        (403, "QuotaExhausted", Outcome.FINAL),
        (404, "InvalidResource.NotFound", Outcome.FINAL),
        (409, "StateConflict", Outcome.FINAL),
        (302, "", Outcome.FINAL),
    ],
)
def test_outcome_of_an_answer(status: int, code: str, outcome: Outcome) -> None:
    assert outcome_of_response(status, code) is outcome


@given(st.integers(0, 10**6), st.integers(0, 10**9))
def test_retry_after_is_read_as_seconds_and_as_a_date(seconds: int, now: int) -> None:
    assert parse_retry_after(str(seconds), now) == seconds
    assert parse_retry_after(formatdate(now + seconds, usegmt=True), now) == seconds
    assert parse_retry_after(formatdate(now, usegmt=True), now + seconds) == 0


@pytest.mark.parametrize("value", [None, "", "soon", "nan", "inf", "-inf", "Sun, 99 Foo 2015"])
def test_retry_after_without_sense_is_none(value: str | None) -> None:
    assert parse_retry_after(value, 0) is None


@given(st.text())
def test_retry_after_of_any_text_is_seconds_or_none(value: str) -> None:
    found = parse_retry_after(value, 0)

    assert found is None or found >= 0


@given(st.lists(st.booleans()), st.integers(1, 10), st.floats(0, 2))
def test_budget_is_never_overdrawn_nor_overfull(
    calls: list[bool], capacity: int, refund: float
) -> None:
    budget = RetryBudget(capacity, refund)
    spent = successes = 0
    for success in calls:
        if success:
            budget.succeed()
            successes += 1
        else:
            spent += budget.spend()
        assert -1e-9 <= budget.left <= capacity
    assert spent <= capacity + successes * refund + 1e-6


def test_budget_is_shared_fairly_between_threads() -> None:
    budget = RetryBudget(100)
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(budget.spend() for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert taken.count(True) == 100


def test_default_is_on_and_modest() -> None:
    assert DEFAULT_RETRY.max_attempts == 4
    assert DEFAULT_RETRY.max_seconds == 120


def test_request_that_nobody_answers_is_tried_again_by_default() -> None:
    read = DEFAULT_TIMEOUT.read
    assert read is not None
    assert DEFAULT_RETRY.delay(Outcome.AMBIGUOUS, True, 1, read, None, 1.0) is not None
