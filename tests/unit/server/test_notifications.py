from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.model import states
from batchcompute.server.notifications.publisher import MAX_WAITING, Publisher, local_url
from batchcompute.server.notifications.topics import topic_text
from batchcompute.server.scheduler import clusters, jobs
from batchcompute.server.scheduler.notify import MAX_TOLD
from tests.unit.server.fakes import World, plan_of, receipt

_SPEC = Path(__file__).parents[3] / "spec" / "openapi.yaml"
JOB_EVENTS = [
    f"On{kind}{state}"
    for kind in ("Job", "Task", "Instance")
    for state in ("Waiting", "Running", "Stopped", "Finished", "Failed")
]


def topic(*events: str, **members: Any) -> str:
    chosen = {"Name": "topic", "Endpoint": "http://127.0.0.1/", "Events": list(events), **members}
    return topic_text({"Notification": {"Topic": chosen}})


EVERYTHING = topic(*JOB_EVENTS, "OnPriorityChange")


def told(world: World) -> list[str]:
    """Events since this was last asked, with what they are about."""
    found = []
    for body in world.told:
        about = [str(body[name]) for name in ("Task", "InstanceId") if name in body]
        found.append(" ".join([body["Event"].removeprefix("On"), *about]))
    world.told.clear()
    return found


def test_way_of_a_job(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()), topic=EVERYTHING)
    assert told(world) == ["JobWaiting", "TaskWaiting t", "InstanceWaiting t 0"]
    (attempt,) = world.begun()
    world.start(attempt)
    assert told(world) == ["TaskRunning t", "JobRunning", "InstanceRunning t 0"]
    world.run(attempt)
    assert told(world) == ["InstanceFinished t 0", "TaskFinished t", "JobFinished"]
    assert world.job_state(job) == "Finished"


def test_bodies_are_as_documented(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()), topic=EVERYTHING)
    (attempt,) = world.begun()
    world.run(attempt, exit_code=3)
    by_event = {body["Event"]: body for body in world.told}
    assert list(by_event["OnJobFailed"]) == [
        "Category",
        "JobId",
        "JobName",
        "Event",
        "State",
        "CreationTime",
        "StartTime",
        "EndTime",
        "Message",
    ]
    assert by_event["OnJobFailed"]["Message"] == "Task t: instance 0 exited with code 3."
    assert by_event["OnJobWaiting"]["EndTime"] == by_event["OnJobWaiting"]["StartTime"] == ""
    failed = by_event["OnInstanceFailed"]
    assert (failed["Category"], failed["JobId"], failed["State"]) == ("Job", job, "Failed")
    assert failed["StartTime"]
    assert failed["EndTime"]


def test_stop_and_restart(world: World) -> None:
    plan = plan_of("t", world.cluster(), 3)
    job = world.job(plan, plan_of("u", plan.cluster_id), successors=((1,), ()), topic=EVERYTHING)
    (attempt,) = world.begun()
    world.start(attempt)
    told(world)
    world.stop(job)
    stopped = [f"InstanceStopped t {number}" for number in range(3)]
    assert told(world) == [
        "TaskStopped t",
        "TaskStopped u",
        *stopped,
        "InstanceStopped u 0",
        "JobStopped",
    ]
    world.apply(lambda unit: jobs.change_priority(unit, job, 7))
    assert (world.told[0]["From"], world.told[0]["To"]) == (0, 7)
    assert told(world) == ["PriorityChange"]
    world.restart(job)
    assert told(world)[:3] == ["JobWaiting", "TaskWaiting t", "TaskWaiting u"]


def test_waiting_instances_fail_with_their_cluster(world: World) -> None:
    plan = plan_of("t", world.cluster(), 3)
    world.job(plan, fail=False, topic=topic("OnInstanceFailed"))
    world.delete_cluster(plan.cluster_id)
    assert sorted(told(world)) == [f"InstanceFailed t {number}" for number in range(3)]


def test_repeated_instance_waits_again(world: World) -> None:
    world.job(plan_of("t", world.cluster(), max_retries=1), topic=topic("OnInstanceWaiting"))
    (attempt,) = world.begun()
    world.run(attempt, exit_code=1)
    assert told(world) == ["InstanceWaiting t 0", "InstanceWaiting t 0"]


@pytest.mark.parametrize(("exit_code", "end"), [(0, "Finished"), (3, "Waiting")])
def test_end_without_news_of_the_start_tells_of_both(
    world: World, exit_code: int, end: str
) -> None:
    events = topic("OnJobRunning", "OnTaskRunning", "OnInstanceRunning", f"OnInstance{end}")
    job = world.job(plan_of("t", world.cluster(), max_retries=1), topic=events)
    told(world)
    (attempt,) = world.begun()
    world.apply(receipt(attempt, exit_code=exit_code))
    begun = ["TaskRunning t", "JobRunning", "InstanceRunning t 0"]
    assert told(world) == [*begun, f"Instance{end} t 0"]
    (instance,) = world.instances(job, "t")
    assert (states.visible(instance.state), instance.started) == (end, 1_700_000_100_500_000)
    world.check_counters()


def test_only_wanted_events_are_told(world: World) -> None:
    world.job(plan_of("t", world.cluster()), topic=topic("OnJobFinished", "OnNothing"))
    (attempt,) = world.begun()
    world.run(attempt)
    assert told(world) == ["JobFinished"]


def test_released_job_is_told_of(world: World) -> None:
    plan = plan_of("t", world.cluster())
    job = world.job(plan, auto_release=True, topic=topic("OnJobFinished"))
    (attempt,) = world.begun()
    world.run(attempt)
    assert (told(world), world.job_state(job)) == (["JobFinished"], "gone")


def test_refused_change_tells_nothing(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()), topic=EVERYTHING)
    told(world)
    world.delete(job)
    assert told(world) == []


def test_more_than_can_be_told_is_counted(world: World) -> None:
    plan = plan_of("t", world.cluster(), MAX_TOLD + 5)
    world.job(plan, topic=topic("OnInstanceWaiting"))
    assert (len(world.told), world.lost_notifications) == (MAX_TOLD, 5)


@pytest.mark.parametrize(
    ("event", "end"),
    [("Waiting", None), ("Stopped", World.stop), ("Failed", World.delete_cluster)],
)
def test_notices_of_many_instances_take_little_memory(
    world: World, event: str, end: Callable[[World, str], object] | None
) -> None:
    # As many as are allowed would not fit into any memory.
    count = 2_000_000
    cluster = world.cluster(2)
    tracemalloc.start()
    try:
        job = world.job(plan_of("t", cluster, count), topic=topic(f"OnInstance{event}"), fail=False)
        if end is not None:
            first, second = world.begun()
            world.run(second)
            world.start(first)
            tracemalloc.reset_peak()
            end(world, job if event == "Stopped" else cluster)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    gone = 0 if event == "Waiting" else 1
    assert len(world.told) + world.lost_notifications == count - gone
    assert len(world.told) == MAX_TOLD
    numbers = [body["InstanceId"] for body in world.told]
    assert numbers == [number for number in range(count) if number != 1 or not gone][:MAX_TOLD]
    assert peak < 10_000_000


def test_way_of_a_cluster(world: World) -> None:
    events = ["OnClusterDeleted", "OnInstanceCreated", "OnInstanceActive"]
    description = {
        "Name": "cluster",
        "ImageId": "img-ubuntu",
        "Groups": {"group": {"DesiredVMCount": 1}},
        "Notification": {"Topic": {"Name": "topic", "Events": events}},
    }
    (cluster,) = world.apply(lambda unit: clusters.create(unit, description))
    world.join()
    created, active = world.told
    assert (created["Event"], created["State"]) == ("OnInstanceCreated", "Starting")
    assert (active["Event"], active["State"]) == ("OnInstanceActive", "Running")
    (machine,) = world.machines()
    assert created["InnerIpAddress"] == active["InnerIpAddress"] == machine.ip_address != ""
    told(world)
    world.delete_cluster(cluster)
    world.leave(active["InstanceId"])
    (deleted,) = world.told
    assert deleted.pop("CreationTime")
    assert deleted == {
        "Category": "Cluster",
        "ClusterId": cluster,
        "ClusterName": "cluster",
        "State": "Deleted",
        "Event": "OnClusterDeleted",
    }


@pytest.mark.parametrize(
    "members", [{"Name": ""}, {"Events": []}, {"Name": None}, {"Events": None}]
)
def test_empty_topic_is_none(members: dict[str, Any]) -> None:
    assert topic("OnJobFinished", **members) == ""


def test_every_documented_event_is_known() -> None:
    text = _SPEC.read_text(encoding="utf-8")
    assert all(f"- {event}\n" in text for event in json.loads(EVERYTHING)[2])


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1",
        "http://127.9.9.9:80/",
        "http://localhost:8080/a?b",
        "http://[::1]:9/",
        "HTTP://LOCALHOST/",
    ],
)
def test_endpoint_on_this_machine(endpoint: str) -> None:
    assert local_url(endpoint) is not None


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "127.0.0.1:80",
        "https://127.0.0.1/",
        "http://192.168.0.1/",
        "http://0.0.0.0/",
        "http://1.mns.cn-hangzhou.aliyuncs.com/",
        "http://localhost.example/",
        "http://127.0.0.1@example.com/",
        "http://127.0.0.1:port/",
        "http://[::1/",
        "file:///etc/passwd",
    ],
)
def test_endpoint_elsewhere_is_left_alone(endpoint: str) -> None:
    assert local_url(endpoint) is None


def test_publisher_drops_what_is_too_much(caplog: pytest.LogCaptureFixture) -> None:
    publisher = Publisher()
    publisher.publish([], 3)
    assert "3 notifications were dropped" in caplog.text
    assert MAX_WAITING > 0
    publisher.start()
    publisher.close()
