"""Which jobs run in containers, and which are refused for want of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.model.errors import ApiError
from batchcompute.server.model.plan import JobPlan, TaskPlan
from batchcompute.server.rules.jobs.description import plan_job
from batchcompute.server.scheduler import admission, clusters
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of

VARIABLE = "BATCH_COMPUTE_DOCKER_IMAGE"
REGISTRY = "BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH"
OWN, PLACE = "localhost:5000/own:1", "oss://bucket/dockers"


def planned(**command: Any) -> TaskPlan:
    """Return the plan of a task with such a command."""
    task = {"ClusterId": "cls-1", "Parameters": {"Command": {"CommandLine": "true", **command}}}
    (plan,) = plan_job({"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task}}}).tasks
    return plan


@pytest.fixture
def able(tmp_path: Path, clock: FakeClock) -> Iterator[World]:
    """A scheduler whose executor has containers, for which two VM images stand."""
    executor = FakeExecutor(slots=4, containers=True)
    images = {"img-mine": "ubuntu:22.04", "m-theirs": "debian:12"}
    made = World(f"sqlite:///{tmp_path / 'able.db'}", clock, executor, images)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("command", "image"),
    [
        ({}, ""),
        ({"Docker": {"Image": ""}}, ""),
        (
            {"Docker": {"Image": "registry.example.com:5000/a/b:1.0"}},
            "registry.example.com:5000/a/b:1.0",
        ),
        ({"EnvVars": {VARIABLE: "localhost:5000/own:1"}}, "localhost:5000/own:1"),
        ({"Docker": {"Image": "first"}, "EnvVars": {VARIABLE: "second"}}, "first"),
    ],
)
def test_image_of_a_command(command: dict[str, Any], image: str) -> None:
    assert planned(**command).container == image


@pytest.mark.parametrize(
    ("command", "image", "registry"),
    [
        ({"EnvVars": {VARIABLE: OWN, REGISTRY: PLACE}}, OWN, PLACE),
        ({"EnvVars": {VARIABLE: "own", REGISTRY: PLACE}}, "own", PLACE),
        ({"EnvVars": {VARIABLE: OWN, REGISTRY: ""}}, OWN, ""),
        # The second is ignored without the first, whatever it is.
        ({"EnvVars": {REGISTRY: "x"}}, "", ""),
        ({"Docker": {"Image": "first"}, "EnvVars": {VARIABLE: OWN, REGISTRY: "x"}}, "first", ""),
        # Another registry's name says where the image is.
        ({"EnvVars": {VARIABLE: "example.com/a", REGISTRY: PLACE}}, "example.com/a", ""),
        # Only Apps have it.
        ({"Docker": {"Image": OWN, "RegistryOSSPath": PLACE}}, OWN, ""),
    ],
)
def test_registry_of_a_command(command: dict[str, Any], image: str, registry: str) -> None:
    task = planned(**command)
    assert (task.container, task.registry) == (image, registry)


@pytest.mark.parametrize(
    ("image", "place", "member", "words"),
    [
        (OWN, "http://bucket/dockers", REGISTRY, "not of the form oss://bucket/key"),
        (OWN, "/dockers", REGISTRY, "not of the form oss://bucket/key"),
        ("example.com/a", "dockers", REGISTRY, "not of the form oss://bucket/key"),
        ("localhost:5000/Own", PLACE, VARIABLE, "is not of the form localhost:5000/<name>"),
        ("localhost:5000/a/../b", PLACE, VARIABLE, "is not of the form localhost:5000/<name>"),
        ("a" * 256, PLACE, VARIABLE, "longer than 255"),
    ],
)
def test_registry_that_cannot_be_read_is_refused(
    image: str, place: str, member: str, words: str
) -> None:
    with pytest.raises(ApiError) as caught:
        planned(EnvVars={VARIABLE: image, REGISTRY: place})
    assert (caught.value.status, caught.value.code) == (400, "InvalidEnvVars")
    assert f"DAG.Tasks.t.Parameters.Command.EnvVars.{member} " in caught.value.message
    assert words in caught.value.message


def test_attempt_is_told_its_registry(able: World) -> None:
    able.job(plan_of("t", able.cluster(), container=OWN, registry=PLACE))
    assert [(each.container, each.registry) for each in able.executor.started] == [(OWN, PLACE)]


@pytest.mark.parametrize(
    ("cluster", "command", "expected"),
    [
        ({VARIABLE: OWN, REGISTRY: PLACE}, {}, (OWN, PLACE)),
        ({VARIABLE: OWN, REGISTRY: PLACE}, {VARIABLE: "own:2"}, ("own:2", PLACE)),
        ({REGISTRY: PLACE}, {VARIABLE: OWN}, (OWN, PLACE)),
        ({VARIABLE: OWN}, {REGISTRY: PLACE}, (OWN, PLACE)),
        ({VARIABLE: OWN, REGISTRY: "oss://b/theirs"}, {REGISTRY: PLACE}, (OWN, PLACE)),
        ({REGISTRY: PLACE}, {}, ("", "")),
        ({REGISTRY: PLACE}, {VARIABLE: "example.com/a"}, ("example.com/a", "")),
    ],
)
def test_variables_of_cluster_and_command_complete_each_other(
    able: World, cluster: dict[str, str], command: dict[str, str], expected: tuple[str, str]
) -> None:
    name = able.cluster()
    able.apply(lambda unit: clusters.modify(unit, name, {"EnvVars": cluster}))
    task = planned(EnvVars=command)
    able.job(replace(task, cluster_id=name))
    assert [(each.container, each.registry) for each in able.executor.started] == [expected]


def test_registry_of_a_cluster_is_not_for_an_image_of_docker(able: World) -> None:
    name = able.cluster()
    able.apply(lambda unit: clusters.modify(unit, name, {"EnvVars": {REGISTRY: PLACE}}))
    able.job(replace(planned(Docker={"Image": "own"}), cluster_id=name))
    assert [(each.container, each.registry) for each in able.executor.started] == [("own", "")]


def test_attempt_is_told_its_image(able: World) -> None:
    able.job(plan_of("t", able.cluster(), container="ubuntu"))
    assert [attempt.container for attempt in able.executor.started] == ["ubuntu"]


@pytest.mark.parametrize(
    ("cluster", "group", "command", "expected"),
    [
        ("img-mine", "", {}, "ubuntu:22.04"),
        ("img-ubuntu", "", {}, ""),
        ("img-mine", "m-theirs", {}, "debian:12"),
        ("img-mine", "img-ubuntu", {}, ""),
        ("img-ubuntu", "img-mine", {}, "ubuntu:22.04"),
        # What the command says goes before what its VM is.
        ("img-mine", "", {"container": "own"}, "own"),
    ],
)
def test_image_of_a_vm_may_stand_for_that_of_a_container(
    able: World, cluster: str, group: str, command: dict[str, Any], expected: str
) -> None:
    described = {
        "Name": "c",
        "ImageId": cluster,
        "Groups": {"g": {"DesiredVMCount": 1, "ImageId": group}},
    }
    (name,) = able.apply(lambda unit: clusters.create(unit, described))
    able.join()
    able.job(plan_of("t", name, **command))
    assert [attempt.container for attempt in able.executor.started] == [expected]


def test_own_cluster_of_a_task_has_such_an_image_too(able: World) -> None:
    able.job(plan_of("t", auto_cluster={"ECSImageId": "m-theirs"}))
    able.join()
    assert [attempt.container for attempt in able.executor.started] == ["debian:12"]


def test_image_of_a_cluster_is_for_commands_without_one(able: World) -> None:
    cluster = able.cluster(2)
    able.apply(lambda unit: clusters.modify(unit, cluster, {"EnvVars": {VARIABLE: "theirs"}}))
    able.job(plan_of("t", cluster))
    able.job(plan_of("t", cluster, container="own"))
    assert [attempt.container for attempt in able.executor.started] == ["theirs", "own"]


@pytest.mark.parametrize(
    ("members", "code", "path"),
    [
        (
            {"container": "ubuntu"},
            "InvalidDocker",
            "DAG.Tasks.t.Parameters.Command.Docker.Image",
        ),
        (
            {"container": "x", "environment": {VARIABLE: "x"}},
            "InvalidEnvVars",
            f"DAG.Tasks.t.Parameters.Command.EnvVars.{VARIABLE}",
        ),
        ({"container": "ubuntu", "app_outputs": {}}, "InvalidDocker", "Docker.Image"),
    ],
)
def test_without_containers_a_job_is_refused_by_its_member(
    world: World, members: dict[str, Any], code: str, path: str
) -> None:
    task = plan_of("t", world.cluster(), **members)
    plan = JobPlan("job", 0, True, False, (task,), ((),))
    (refusal,) = world.apply(lambda unit: admission.create(unit, plan, "{}"))
    assert isinstance(refusal, ApiError)
    assert (refusal.status, refusal.code) == (400, code)
    assert f"parameter {path} is" in refusal.message
    assert "docker or podman" in refusal.message


def test_plan_of_an_older_service_has_no_container(world: World) -> None:
    older = plan_of("t", "cls-1").to_json()
    assert "container" not in older
    plan = TaskPlan.from_json(older)
    assert (plan.container, plan.registry) == ("", "")
