"""Waiting, walking and raw answers, against the embedded service and over both clients."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batchcompute import Client, NotFoundError, StateConflictError, WaitTimeoutError, types
from batchcompute._waiting.autorelease import AutoReleaseTracker
from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Effects
from tests.emulator.wire import until_there

MakeJob = Callable[..., types.JobDescription]


def test_wait_for_jobs_returns_them_in_order_however_they_ended(
    client: Client, make_job: MakeJob
) -> None:
    good, bad = client.create_job(make_job(a="true")), client.create_job(make_job(a="exit 3"))
    seen: list[tuple[str, str]] = []

    jobs = client.wait_jobs(
        [bad, good], timeout=200, on_change=lambda job: seen.append((job.Id, job.State))
    )

    assert [(job.Id, job.State) for job in jobs] == [(bad.Id, "Failed"), (good.Id, "Finished")]
    assert set(seen) >= {(bad.Id, "Failed"), (good.Id, "Finished")}


def test_wait_for_many_jobs_uses_lists(client: Client, make_job: MakeJob) -> None:
    ids = [client.create_job(make_job(a="true")).Id for _ in range(8)]

    jobs = client.wait_jobs(ids, timeout=200)

    assert [job.Id for job in jobs] == ids
    assert {job.State for job in jobs} == {"Finished"}


@pytest.fixture
def released(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> Iterator[types.JobDescription]:
    """A job that ends, and is gone, when whoever waits for it knows that it will be released.

    A job that is gone before it was ever seen is none that a wait could tell from a wrong id.
    """
    # Programs do not see what is below /tmp and /home.
    gates = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="batchcompute-"))
    fetch = AutoReleaseTracker.fetch

    def fetch_and_open(self: AutoReleaseTracker, job_id: str, deadline: Deadline) -> Effects[None]:
        yield from fetch(self, job_id, deadline)
        (gates / job_id).touch()

    monkeypatch.setattr(AutoReleaseTracker, "fetch", fetch_and_open)
    gate = gates / "$BATCH_COMPUTE_DAG_JOB_ID"
    yield {**make_job(a=until_there(gate)), "AutoRelease": True}
    shutil.rmtree(gates)


def test_poll_takes_a_job_that_was_released_for_finished(
    client: Client, released: types.JobDescription
) -> None:
    job = client.create_job(released)

    assert client.poll(job, timeout=200, interval=0.1) == []
    with pytest.raises(NotFoundError):
        client.get_job(job)


def test_wait_returns_jobs_that_were_released_as_finished(
    client: Client, released: types.JobDescription
) -> None:
    ids = [client.create_job(released).Id for _ in range(2)]

    assert [(job.Id, job.State) for job in client.wait_jobs(ids, timeout=200)] == [
        (ids[0], "Finished"),
        (ids[1], "Finished"),
    ]
    with pytest.raises(NotFoundError):
        client.get_job(ids[0])


def test_wait_that_is_over_leaves_the_job_alone(
    client: Client, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = client.create_job(make_job(long="sleep 600"))
    seen: list[str] = []
    # The time is over once the job was seen, however long that takes.
    monkeypatch.setattr(Deadline, "left", lambda self: 0.0 if seen else 600.0)
    with pytest.raises(WaitTimeoutError) as caught:
        client.wait_jobs(job, timeout=600, on_change=lambda job: seen.append(job.State))
    assert caught.value.last[job.Id].State in ("Waiting", "Running")
    assert client.get_job(job).State in ("Waiting", "Running")
    client.stop_job(job)


def test_wait_for_a_cluster_ends_when_its_vms_run(client: Client, cluster: str) -> None:
    ready = client.wait_cluster(cluster, timeout=200)

    assert ready.Id == cluster
    assert ready.Metrics.RunningCount == 2


def test_wait_for_what_is_not_there_is_refused(client: Client) -> None:
    with pytest.raises(NotFoundError):
        client.wait_jobs("job-00000000000000000000000000000000")
    with pytest.raises(NotFoundError):
        client.wait_cluster("cls-nowhere")


def test_all_pages_of_a_list_have_every_job_once(client: Client, make_job: MakeJob) -> None:
    ids = [client.create_job(make_job(a="true")).Id for _ in range(5)]
    client.wait_jobs(ids, timeout=200)

    found = [job.Id for job in client.list_jobs("", 2).all()]

    assert set(ids) <= set(found)
    assert len(found) == len(set(found))


def test_raw_answer_has_everything_that_was_received(client: Client, cluster: str) -> None:
    answer = client.with_raw_response.get_cluster(cluster)

    assert answer.status == 200
    assert answer.json()["Id"] == cluster
    assert answer.headers["x-acs-request-id"] == answer.request_id
    got = client.get_cluster(cluster)
    assert got.raw.json() == got.content


def test_refusals_are_of_their_kind(client: Client, make_job: MakeJob) -> None:
    job = client.create_job(make_job(a="true"))
    client.wait_jobs(job, timeout=200)
    with pytest.raises(StateConflictError):
        client.stop_job(job)
    client.delete_job(job)
    with pytest.raises(NotFoundError) as caught:
        client.get_job(job)
    assert caught.value.operation == "get_job"


def test_two_creations_make_two_jobs(client: Client, make_job: MakeJob) -> None:
    description = make_job(a="true")
    first = client.create_job(description)

    assert client.create_job(description).Id != first.Id
