"""`poll`: its messages, its order and its stopping rule, under a clock of our own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from batchcompute import (
    ClientError,
    JsonError,
    NotFoundError,
    ThrottledError,
    TransportError,
)
from batchcompute._waiting.poll import poll


class FakeJobs:
    """Jobs that pass through given states, one per question; the last one stays."""

    def __init__(self, **states: list[Any]) -> None:
        self.states = states
        self.asked: list[str] = []
        self.stopped: list[str] = []
        #: Jobs that are deleted once they have finished.
        self.released: set[str] = set()
        self.described: list[str] = []
        self.now = 0.0
        self.slept: list[float] = []

    def _within(self, seconds: float) -> FakeJobs:
        assert seconds > 0
        return self

    def get_job(self, job: str) -> Any:
        self.asked.append(job)
        states = self.states[job]
        state = states.pop(0) if len(states) > 1 else states[0]
        if isinstance(state, Exception):
            raise state
        return SimpleNamespace(State=state)

    def get_job_description(self, job: str) -> Any:
        self.described.append(job)
        return SimpleNamespace(AutoRelease=job in self.released)

    def stop_job(self, job: str) -> None:
        self.stopped.append(job)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def poll(self, ids: object, timeout: float = 100, stop_others: bool = True) -> list[str]:
        return poll(self, ids, timeout, 3, stop_others, lambda: self.now, self.sleep)


def test_poll_of_a_finished_job_asks_once_and_returns_nothing() -> None:
    jobs = FakeJobs(a=["Finished"])

    assert jobs.poll("a") == []
    assert (jobs.asked, jobs.slept, jobs.stopped) == (["a"], [], [])


def test_poll_waits_the_interval_between_rounds() -> None:
    jobs = FakeJobs(a=["Waiting", "Running", "Finished"])

    assert jobs.poll("a") == []
    assert jobs.slept == [3, 3]


def test_poll_names_failed_and_stopped_jobs_in_the_order_given_and_stops_the_others() -> None:
    jobs = FakeJobs(a=["Running"], b=["Stopped"], c=["Failed"], d=["Waiting"])

    assert jobs.poll(["c", "a", "b", "d"]) == ["Job c failed.", "Job b stopped."]
    assert jobs.stopped == ["a", "d"]


def test_poll_leaves_the_others_running_when_told_so() -> None:
    jobs = FakeJobs(a=["Running"], b=["Failed"])

    assert jobs.poll(["a", "b"], stop_others=False) == ["Job b failed."]
    assert jobs.stopped == []


def test_poll_reports_the_timeout_and_stops_what_has_not_ended() -> None:
    jobs = FakeJobs(a=["Running"], b=["Finished"])

    assert jobs.poll(["a", "b"], timeout=7) == ["Timeout(7)."]
    assert jobs.slept == [3, 3, 1]
    assert jobs.stopped == ["a"]


def test_poll_without_time_still_sees_a_finished_job() -> None:
    assert FakeJobs(a=["Finished"]).poll("a", timeout=0) == []


def test_poll_takes_an_unknown_state_for_not_ended() -> None:
    jobs = FakeJobs(a=["Mystery", "Finished"])

    assert jobs.poll("a") == []
    assert jobs.stopped == []


def test_poll_does_not_stop_a_job_that_ends_at_the_last_moment() -> None:
    jobs = FakeJobs(a=["Running", "Finished"], b=["Failed"])

    assert jobs.poll(["a", "b"]) == ["Job b failed."]
    assert jobs.stopped == []


@pytest.mark.parametrize(
    "failure",
    [
        ClientError(503),
        ThrottledError(429, "Throttling"),
        ThrottledError(503, "Throttling.User"),
        ClientError(408),
        TransportError("cut"),
    ],
)
def test_poll_waits_out_transient_failures(failure: Exception) -> None:
    jobs = FakeJobs(a=[failure, "Running", failure, "Finished"])

    assert jobs.poll("a") == []


def test_poll_gives_up_on_a_refusal() -> None:
    with pytest.raises(ClientError):
        FakeJobs(a=[ClientError(404)]).poll("a")


def test_poll_gives_up_on_a_job_that_nothing_is_heard_of_for_long() -> None:
    jobs = FakeJobs(a=["Running"], b=["Running", TransportError("cut")])
    with pytest.raises(TransportError):
        jobs.poll(["a", "b"], timeout=86400)
    assert 600 <= jobs.now <= 610


def test_poll_accepts_that_a_job_cannot_be_stopped_any_more() -> None:
    class Refusing(FakeJobs):
        def stop_job(self, job: str) -> None:
            raise ClientError(409, "StateConflict")

    assert Refusing(a=["Running"], b=["Failed"]).poll(["a", "b"]) == ["Job b failed."]


class HardToStop(FakeJobs):
    """Jobs of which each stop ends in a given way."""

    def __init__(self, stops: dict[str, Exception], **states: list[Any]) -> None:
        super().__init__(**states)
        self.stops = stops

    def stop_job(self, job: str) -> None:
        super().stop_job(job)
        if job in self.stops:
            raise self.stops[job]


_GONE = NotFoundError(404, "InvalidResource.NotFound")


def test_poll_stops_the_others_though_one_is_gone() -> None:
    jobs = HardToStop(
        {"c": _GONE}, a=["Failed"], b=["Running", _GONE], c=["Running"], d=["Running"]
    )

    assert jobs.poll(["a", "b", "c", "d"]) == ["Job a failed."]
    assert jobs.stopped == ["c", "d"]


def test_poll_stops_the_others_though_nothing_is_heard_of_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cut = TransportError("cut")
    jobs = HardToStop({"c": cut}, a=["Failed"], b=["Running", cut], c=["Running"], d=["Running"])

    assert jobs.poll(["a", "b", "c", "d"]) == ["Job a failed."]
    # Whether a job still runs is not known without an answer, so it is stopped.
    assert jobs.stopped == ["b", "c", "d"]
    assert "could not stop job c: cut" in caplog.text


def test_poll_that_may_not_stop_a_job_says_so_in_the_end_and_what_it_knows() -> None:
    refusal, other = ClientError(403, "Forbidden"), ClientError(400, "Odd")
    jobs = HardToStop(
        {"b": refusal, "c": other}, a=["Failed"], b=["Running"], c=["Running"], d=["Running"]
    )
    with pytest.raises(ClientError) as caught:
        jobs.poll(["a", "b", "c", "d"])

    assert caught.value is refusal
    assert jobs.stopped == ["b", "c", "d"]
    assert caught.value.__notes__ == ["Job b was not stopped. Job a failed."]


def test_poll_takes_failures_until_the_end_for_a_timeout() -> None:
    assert FakeJobs(a=[TransportError("cut")]).poll("a", timeout=5) == ["Timeout(5)."]


def test_poll_takes_a_job_that_is_released_when_it_ends_for_finished() -> None:
    jobs = FakeJobs(a=["Running", _GONE], b=["Running", "Running", "Finished"])
    jobs.released = {"a"}

    assert jobs.poll(["a", "b"]) == []
    # One question about each, not one per round.
    assert jobs.described == ["a", "b"]


def test_poll_does_not_stop_a_job_that_was_released() -> None:
    jobs = FakeJobs(a=["Running", _GONE], b=["Running", "Failed"])
    jobs.released = {"a"}

    assert jobs.poll(["a", "b"]) == ["Job b failed."]
    assert jobs.stopped == []


@pytest.mark.parametrize(
    ("states", "released"),
    [
        # Somebody has deleted it.
        (["Running", _GONE], False),
        # Nobody knows what it was.
        ([_GONE], True),
        # A proxy says so, not the service.
        (["Running", NotFoundError(404, "Unknown code")], True),
    ],
)
def test_poll_names_the_job_that_is_gone(states: list[Any], released: bool) -> None:
    gone = NotFoundError(404, states[-1].code)
    jobs = FakeJobs(a=["Running"], b=[*states[:-1], gone])
    jobs.released = {"b"} if released else set()
    with pytest.raises(NotFoundError) as caught:
        jobs.poll(["a", "b"])

    assert caught.value.__notes__ == ["The job was b."]


class Undescribed(FakeJobs):
    """Jobs whose descriptions cannot be had for a while."""

    def __init__(self, *failures: Exception, **states: list[Any]) -> None:
        super().__init__(**states)
        self.failures = list(failures)

    def get_job_description(self, job: str) -> Any:
        described = super().get_job_description(job)
        if self.failures:
            raise self.failures.pop(0)
        return described


@pytest.mark.parametrize(
    ("failures", "asked"),
    [
        ([TransportError("cut")], 2),
        ([ClientError(403, "Forbidden")], 1),
        ([JsonError("<html>")], 2),
        ([ClientError(500)] * 9, 3),
    ],
)
def test_poll_can_do_without_descriptions(failures: list[Exception], asked: int) -> None:
    jobs = Undescribed(*failures, a=["Running"] * 8 + ["Finished"])

    assert jobs.poll("a") == []
    assert len(jobs.described) == asked


@pytest.mark.parametrize(
    "ids",
    [("a", "b", "a"), {"a": 1, "b": 2}.keys(), [SimpleNamespace(Id="a"), {"Id": "b"}], iter("ab")],
)
def test_poll_takes_any_iterable_of_ids_and_asks_once_for_each(ids: object) -> None:
    jobs = FakeJobs(a=["Finished"], b=["Finished"])

    assert jobs.poll(ids) == []
    assert jobs.asked == ["a", "b"]


@pytest.mark.parametrize("ids", [5, None, [None], [""], object()])
def test_poll_of_no_ids_says_so_and_asks_nothing(ids: object) -> None:
    jobs = FakeJobs()

    (message,) = jobs.poll(ids)
    assert message.startswith("Invalid job ids: ")
    assert jobs.asked == []
