"""Waiting for jobs and clusters under a clock of our own."""

from __future__ import annotations

import asyncio
import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from batchcompute import ServiceError, TransportError, WaitTimeoutError
from batchcompute._generated.api import models
from batchcompute._waiting import waiters
from batchcompute._waiting.driver import run, run_async
from batchcompute._waiting.progress import Bars, Lines, measure, show
from batchcompute.exceptions import (
    ClientError,
    InvalidParameterError,
    JsonError,
    NotFoundError,
)

_NO = {"WaitingCount": 0, "RunningCount": 0, "FinishedCount": 0, "FailedCount": 0}


def _job(id_: str, state: str, **counts: int) -> Any:
    metrics = SimpleNamespace(**{**_NO, "StoppedCount": 0, **counts})
    return SimpleNamespace(
        Id=id_, State=state, InstanceMetrics=metrics, TaskMetrics=None, RequestId="R"
    )


class FakeService:
    """Jobs that pass through given states, one per poll; the last one stays."""

    def __init__(self, **states: list[Any]) -> None:
        self.states = states
        self.asked: list[str] = []
        self.described: list[str] = []
        #: Jobs that are deleted once they have finished.
        self.released: set[str] = set()
        self.listed = 0
        #: Ids that a list of the newest jobs shows, page by page.
        self.shown: list[list[str]] = []
        self.now = 0.0
        self.slept: list[float] = []

    def _next(self, id_: str) -> Any:
        states = self.states[id_]
        state = states.pop(0) if len(states) > 1 else states[0]
        if isinstance(state, BaseException):
            raise state
        return state if not isinstance(state, str) else _job(id_, state)

    def _within(self, seconds: float) -> FakeService:
        assert seconds > 0
        return self

    def get_job(self, job: str) -> Any:
        self.asked.append(job)
        return self._next(job)

    get_cluster = get_job

    def get_job_description(self, job: str) -> Any:
        self.described.append(job)
        return SimpleNamespace(AutoRelease=job in self.released)

    def list_jobs(self, marker: str, size: int, **filters: Any) -> Any:
        assert filters == {"OrderBy": "CreationTime", "IsReverse": True}
        self.listed += 1
        number = int(marker or 0)
        items = [self._next(id_) for id_ in self.shown[number]] if self.shown else []
        more = str(number + 1) if number + 1 < len(self.shown) else ""
        return SimpleNamespace(Items=items, NextMarker=more)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds

    def wait(
        self,
        ids: Any,
        timeout: float | None = None,
        on_change: Any = None,
        progress: bool = False,
    ) -> list[Any]:
        clock = self.clock, lambda: 0.5
        return run(waiters.wait_jobs(ids, timeout, on_change, progress, *clock), self, self.sleep)

    def wait_cluster(
        self, timeout: float | None = None, on_change: Any = None, progress: bool = False
    ) -> Any:
        clock = self.clock, lambda: 0.5
        steps = waiters.wait_cluster("c", timeout, on_change, progress, *clock)
        return run(steps, self, self.sleep)

    def clock(self) -> float:
        return self.now


def test_wait_for_a_job_that_has_ended_asks_once() -> None:
    service = FakeService(a=["Finished"])

    assert [job.State for job in service.wait("a")] == ["Finished"]
    assert (service.asked, service.slept) == (["a"], [])


def test_wait_returns_jobs_in_order_and_a_failed_one_is_a_result() -> None:
    service = FakeService(a=["Running", "Failed"], b=["Finished"], c=["Stopped"])

    assert [job.State for job in service.wait(["c", "a", "b", "a"])] == [
        "Stopped",
        "Failed",
        "Finished",
    ]
    # What has ended is not asked for again.
    assert service.asked == ["c", "a", "b", "a"]


def test_wait_takes_an_unknown_state_for_going_on() -> None:
    assert FakeService(a=["Mystery", "Finished"]).wait("a")[0].State == "Finished"


def test_intervals_grow_without_a_change_and_shrink_after_one() -> None:
    service = FakeService(a=["Running"] * 12 + ["Waiting"] * 3 + ["Finished"])
    service.wait("a")

    # The first pause is the one before the question about the job's release.
    quiet, after = service.slept[2:13], service.slept[13:]
    assert quiet == sorted(quiet)
    assert after[0] < quiet[-1]
    assert max(service.slept) <= 10.0
    assert min(service.slept[1:]) >= 0.2 * 0.8


def test_wait_that_is_over_has_the_last_snapshots_and_does_not_sleep_past_the_end() -> None:
    service = FakeService(a=["Running"], b=["Finished"])
    with pytest.raises(WaitTimeoutError, match="a did not end within 7 seconds") as caught:
        service.wait(["a", "b"], timeout=7)

    assert {id_: job.State for id_, job in caught.value.last.items()} == {
        "a": "Running",
        "b": "Finished",
    }
    assert service.now == pytest.approx(7)
    assert isinstance(caught.value, TimeoutError)


def test_wait_without_time_still_sees_a_job_that_has_ended() -> None:
    assert FakeService(a=["Finished"]).wait("a", timeout=0)


def test_changes_are_told_once_each() -> None:
    running = [_job("a", "Running", FinishedCount=n) for n in (0, 0, 1, 1)]
    service = FakeService(a=["Waiting", "Waiting", *running, "Finished"])
    told: list[tuple[str, int]] = []
    service.wait(
        "a", on_change=lambda job: told.append((job.State, job.InstanceMetrics.FinishedCount))
    )

    assert told == [("Waiting", 0), ("Running", 0), ("Running", 1), ("Finished", 0)]


def test_transient_failures_are_waited_out_and_others_raised() -> None:
    service = FakeService(a=[ServiceError(503), TransportError("cut"), "Finished"])
    assert service.wait("a")[0].State == "Finished"

    with pytest.raises(NotFoundError):
        FakeService(a=[NotFoundError(404)]).wait("a")


def test_waiting_is_given_up_after_a_long_silence() -> None:
    service = FakeService(a=["Running", TransportError("cut")])
    with pytest.raises(TransportError):
        service.wait("a")
    assert 600 <= service.now <= 620


def test_failures_until_the_end_of_time_are_a_timeout() -> None:
    with pytest.raises(WaitTimeoutError) as caught:
        FakeService(a=[TransportError("cut")]).wait("a", timeout=5)
    assert caught.value.last == {"a": None}


def test_failure_does_not_hide_what_the_same_poll_has_found() -> None:
    cut = TransportError("cut")
    with pytest.raises(WaitTimeoutError) as caught:
        FakeService(a=["Finished"], b=[cut]).wait(["a", "b"], timeout=5)

    assert caught.value.last["a"].State == "Finished"
    assert caught.value.last["b"] is None
    assert caught.value.__cause__ is cut


@pytest.mark.parametrize("wrong", [5, None, [None], [""], object()])
def test_wait_for_what_is_no_job_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        FakeService().wait(wrong)


def test_wait_for_nothing_returns_nothing() -> None:
    assert FakeService().wait([]) == []


# -- jobs that are released when they have finished -----------------------------------------------

_GONE = "InvalidResource.NotFound"


def _real(id_: str, state: str) -> models.Job:
    return models.Job({"Id": id_, "State": state, "InstanceMetrics": {"RunningCount": 3}})


def test_released_job_is_returned_as_it_was_last_seen_but_finished() -> None:
    service = FakeService(
        a=[_real("a", "Waiting"), _real("a", "Running"), NotFoundError(404, _GONE)],
        b=["Running"] * 4 + ["Failed"],
    )
    service.released = {"a"}
    told: list[tuple[str, str]] = []

    a, b = service.wait(["a", "b"], on_change=lambda job: told.append((job.Id, job.State)))
    assert (a.State, a.InstanceMetrics.RunningCount, b.State) == ("Finished", 3, "Failed")
    assert [state for id_, state in told if id_ == "a"] == ["Waiting", "Running", "Finished"]
    assert service.described == ["a", "b"]


def test_released_jobs_among_many_are_returned_as_finished() -> None:
    ids = [f"j{n}" for n in range(30)]
    service = FakeService(**{id_: [NotFoundError(404, _GONE)] for id_ in ids})
    service.released = {*ids}

    def list_jobs(*_: object, **__: object) -> Any:
        service.listed += 1
        items = [_real(id_, "Running") for id_ in ids] if service.listed < 4 else []
        return SimpleNamespace(Items=items, NextMarker="")

    service.list_jobs = list_jobs  # type: ignore[method-assign]

    assert {job.State for job in service.wait(ids)} == {"Finished"}
    assert sorted(service.described) == sorted(ids)


@pytest.mark.parametrize(
    ("states", "code", "released"),
    [(["Running", "Running"], _GONE, False), ([], _GONE, True), (["Running"] * 2, "Odd", True)],
)
def test_job_that_is_gone_otherwise_is_named(states: list[Any], code: str, released: bool) -> None:
    service = FakeService(a=["Running"], b=[*states, NotFoundError(404, code)])
    service.released = {"b"} if released else set()
    with pytest.raises(NotFoundError) as caught:
        service.wait(["a", "b"])

    assert caught.value.__notes__ == ["The job was b."]


def test_state_is_asked_for_though_the_description_cannot_be_had() -> None:
    class Undescribed(FakeService):
        def get_job_description(self, job: str) -> Any:
            super().get_job_description(job)
            raise ServiceError(503)

    service = Undescribed(a=["Running"] * 9 + ["Finished"])
    assert service.wait("a")[0].State == "Finished"
    assert service.described == ["a"] * 3


# -- lists where they take fewer requests ---------------------------------------------------------


def test_many_jobs_are_looked_for_in_a_list() -> None:
    ids = [f"j{n}" for n in range(20)]
    service = FakeService(**{id_: ["Running", "Finished"] for id_ in ids})
    service.shown = [ids]
    service.wait(ids)

    assert (service.listed, service.asked) == (2, [])


def test_list_is_followed_as_long_as_it_pays() -> None:
    ids = [f"j{n}" for n in range(9)]
    service = FakeService(other=["Running"], **{id_: ["Finished"] for id_ in ids})
    service.shown = [ids[:4], ids[4:6], ["other"], ids[6:]]
    service.wait(ids)

    assert service.listed + len(service.asked) <= len(ids)


@pytest.mark.parametrize("count", [1, 4, 5, 6, 30])
@pytest.mark.parametrize("shown", [0, 1, 2, 5])
def test_no_poll_takes_more_requests_than_jobs(count: int, shown: int) -> None:
    ids = [f"j{n}" for n in range(count)]
    service = FakeService(**{id_: ["Running"] for id_ in ids})
    service.shown = [ids[n : n + 1] for n in range(min(shown, count))] or [[]]
    before = 0
    steps = waiters.wait_jobs(ids, 30, None, False, lambda: service.now, lambda: 0.5)

    def sleep(seconds: float) -> None:
        nonlocal before
        requests = service.listed + len(service.asked) + len(service.described)
        assert requests - before <= count
        before = requests
        service.sleep(seconds)

    with pytest.raises(WaitTimeoutError):
        run(steps, service, sleep)
    # Sooner or later every job was asked for.
    assert set(service.asked) | {id_ for page in service.shown for id_ in page} == set(ids)


def test_list_that_shows_none_of_the_jobs_is_not_asked_for_again() -> None:
    ids = [f"j{n}" for n in range(6)]
    service = FakeService(**{id_: ["Running", "Running", "Finished"] for id_ in ids})
    service.shown = [[]]
    service.wait(ids)

    assert service.listed == 1


@pytest.mark.parametrize(
    "refusal", [InvalidParameterError(400, "InvalidParameter.OrderBy"), JsonError("<html>")]
)
def test_list_that_is_refused_is_not_asked_for_again(refusal: Exception) -> None:
    ids = [f"j{n}" for n in range(6)]
    service = FakeService(other=[refusal], **{id_: ["Finished"] for id_ in ids})
    service.shown = [["other"]]

    assert [job.Id for job in service.wait(ids)] == ids
    assert (service.listed, service.asked) == (1, ids)
    # The list was one of as many requests as there are jobs.
    assert len(service.slept) == 1


def test_list_of_odd_things_shows_none_of_the_jobs() -> None:
    ids = [f"j{n}" for n in range(5)]
    odd: dict[str, list[Any]] = {"o1": ["text"], "o2": [SimpleNamespace(Id=["j1"])], "o3": [None]}
    service = FakeService(**{id_: ["Finished"] for id_ in ids})
    service.list_jobs = lambda *_, **__: SimpleNamespace(  # type: ignore[method-assign]
        Items=[item for (item,) in odd.values()], NextMarker=""
    )

    assert [job.Id for job in service.wait(ids)] == ids


# -- Ctrl-C ---------------------------------------------------------------------------------------


def test_interrupt_leaves_the_jobs_running_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = FakeService(a=["Running"], b=["Finished"])

    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    steps = waiters.wait_jobs(["a", "b"], None, None, False, lambda: 0.0, lambda: 0.5)
    with pytest.raises(KeyboardInterrupt) as caught:
        run(steps, service, sleep)

    assert caught.value.__notes__ == ["waiting was interrupted; a still going on"]
    assert "a still going on" in caplog.text
    assert service.asked == ["a", "b"]


def test_interrupt_is_told_on_the_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    service = FakeService(a=["Running", KeyboardInterrupt()])
    steps = waiters.wait_jobs("a", None, None, True, lambda: service.now, lambda: 0.5)
    with pytest.raises(KeyboardInterrupt):
        run(steps, service, service.sleep)

    assert capsys.readouterr().err.splitlines() == [
        "a: 0/0 done, 0 failed, 0 running, Running",
        "waiting was interrupted; a still going on",
    ]


# -- clusters -------------------------------------------------------------------------------------


def _cluster(state: str, wanted: int, running: int | None, present: int = 0) -> Any:
    group = SimpleNamespace(DesiredVMCount=wanted, ActualVMCount=present)
    return SimpleNamespace(
        State=state,
        Groups={"g": group},
        Metrics=SimpleNamespace(RunningCount=running),
        RequestId="R",
    )


def _odd_cluster(**members: Any) -> Any:
    return models.Cluster.from_dict({"Id": "c", "State": "Starting", **members})


def test_wait_for_a_cluster_ends_when_all_vms_run() -> None:
    polls = [_cluster("Active", 2, 0), _cluster("Active", 2, 0), _cluster("Active", 2, 2)]
    told: list[int] = []
    service = FakeService(c=polls)

    got = service.wait_cluster(on_change=lambda c: told.append(c.Metrics.RunningCount))
    assert got.Metrics.RunningCount == 2
    assert told == [0, 2]


def test_wait_for_a_cluster_takes_the_vms_present_if_nobody_counts_the_running() -> None:
    assert FakeService(c=[_cluster("Active", 2, None, 2)]).wait_cluster()


def test_wait_for_a_cluster_reads_counts_that_came_as_text() -> None:
    groups = {"g": {"DesiredVMCount": "2"}}
    polls = [
        models.Cluster.from_dict(
            {"State": "Active", "Groups": groups, "Metrics": {"RunningCount": running}}
        )
        for running in ("1", "2")
    ]

    assert FakeService(c=[*polls]).wait_cluster() is polls[1]


def test_wait_for_a_cluster_that_never_comes_is_an_error() -> None:
    with pytest.raises(WaitTimeoutError) as caught:
        FakeService(c=[_cluster("Active", 2, 1), TransportError("cut")]).wait_cluster(timeout=3)
    assert caught.value.last["c"].Metrics.RunningCount == 1
    with pytest.raises(ClientError):
        FakeService(c=[NotFoundError(404)]).wait_cluster()


# -- asynchronously -------------------------------------------------------------------------------


def test_asynchronous_wait_awaits_questions_pauses_and_callbacks() -> None:
    service = FakeService(a=["Running", ServiceError(503), "Finished"])
    told: list[str] = []

    class Asynchronous:
        async def get_job(self, job: str) -> Any:
            return service.get_job(job)

        async def get_job_description(self, job: str) -> Any:
            return service.get_job_description(job)

    async def sleep(seconds: float) -> None:
        service.sleep(seconds)

    async def on_change(job: Any) -> None:
        told.append(job.State)

    steps = waiters.wait_jobs("a", None, on_change, False, lambda: service.now, lambda: 0.5)
    jobs = asyncio.run(run_async(steps, Asynchronous(), sleep))

    assert [job.State for job in jobs] == ["Finished"]
    assert told == ["Running", "Finished"]


def test_cancelled_wait_says_that_the_jobs_go_on(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        class Asynchronous:
            async def get_job(self, job: str) -> Any:
                return _job(job, "Running")

            async def get_job_description(self, job: str) -> Any:
                return SimpleNamespace(AutoRelease=False)

        steps = waiters.wait_jobs("a", None, None, False)
        async with asyncio.timeout(0.01):
            await run_async(steps, Asynchronous(), asyncio.sleep)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert "a still going on" in caplog.text


@pytest.mark.parametrize(
    "odd",
    [
        _odd_cluster(Groups=["g"], Metrics=3),
        _odd_cluster(Groups={"g": "text"}, Metrics={"RunningCount": 2}),
        _odd_cluster(Groups={"g": SimpleNamespace(DesiredVMCount="2", ActualVMCount=None)}),
        _odd_cluster(Groups="text", Metrics=SimpleNamespace(RunningCount="1")),
    ],
)
def test_wait_for_a_cluster_bears_odd_answers(odd: Any) -> None:
    service = FakeService(c=[odd, _cluster("Active", 2, 2)])

    assert service.wait_cluster(progress=True).State == "Active"


@pytest.mark.parametrize(
    "odd",
    [
        {"InstanceMetrics": "x", "TaskMetrics": [1]},
        {"InstanceMetrics": {"RunningCount": "7", "FailedCount": "7" * 5000}},
        {"State": ["x"], "InstanceMetrics": 5},
        {"InstanceMetrics": {"RunningCount": True, "FailedCount": None, "WaitingCount": 1.5}},
    ],
)
def test_wait_for_a_job_bears_odd_answers(odd: dict[str, Any]) -> None:
    seen = models.Job.from_dict({"Id": "a", "State": "Running", **odd})
    service = FakeService(a=[seen, "Finished"])

    assert service.wait("a", progress=True)[0].State == "Finished"


# -- the display ----------------------------------------------------------------------------------

_HALF = _job("a", "Running", FinishedCount=2, RunningCount=1, FailedCount=1, WaitingCount=4)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    """A terminal of the usual size, whatever this run is told about its own."""
    pytest.importorskip("rich")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "COLUMNS": "120", "LINES": "30"}.items():
        monkeypatch.setenv(name, value)
    return _Terminal()


def test_measure_counts_instances_and_vms() -> None:
    assert measure(_HALF) == (2, 8, "done, 1 failed, 1 running, Running")
    assert measure(_cluster("Active", 3, 1)) == (1, 3, "VMs, Active")


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (io.StringIO(), "a: 2/8 done, 1 failed, 1 running, Running\nbye\n"),
        (_Terminal(), "\ra: 2/8 done, 1 failed, 1 running, Running\nbye\n"),
    ],
)
def test_lines_show_what_is_done(stream: io.StringIO, text: str) -> None:
    lines = Lines(stream)
    lines.update("a", _HALF)
    lines.close("bye")
    lines.close("again")

    assert stream.getvalue() == text


def test_bars_show_each_job(terminal: _Terminal) -> None:
    bars = Bars(["a", "b"], terminal)
    bars.update("a", _HALF)
    bars.close("bye")
    bars.close("again")

    for part in ("a", "b", "2/8", "1 failed", "bye"):
        assert part in terminal.getvalue()
    assert "again" not in terminal.getvalue()


def test_bars_show_an_id_letter_by_letter(terminal: _Terminal) -> None:
    bars = Bars(["[/b]x", "[red]:smile:"], terminal)
    bars.update("[/b]x", _HALF)
    bars.close("[red]:smile: still going on")

    for part in ("[/b]x", "[red]:smile:", "[red]:smile: still"):
        assert part in terminal.getvalue()


def test_display_that_is_no_terminal_shows_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    # As build services do, whose logs are files.
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    display = show(["a"], stream)
    display.update("a", _job("a", "Waiting"))
    display.update("a", _HALF)
    display.close()

    assert stream.getvalue().splitlines() == [
        "a: 0/0 done, 0 failed, 0 running, Waiting",
        "a: 2/8 done, 1 failed, 1 running, Running",
    ]


def test_display_on_a_terminal_has_bars_if_rich_is_there(terminal: _Terminal) -> None:
    display = show(["a"], terminal)
    display.close()

    assert isinstance(display, Bars)


def test_display_in_a_notebook_has_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    # Its bars are a widget there, which is not ours to test.
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.progress.Progress.start", lambda self: None)
    monkeypatch.setattr("rich.progress.Progress.stop", lambda self: None)
    display = show(["a"], io.StringIO())
    display.close()

    assert isinstance(display, Bars)


def test_display_is_as_good_as_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    assert isinstance(show(["a"], _Terminal()), Lines)
