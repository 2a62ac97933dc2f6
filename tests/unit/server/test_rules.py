from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.model.errors import ApiError
from batchcompute.server.rules.clusters.description import check_change, check_cluster
from batchcompute.server.rules.jobs.dag import successors_of
from batchcompute.server.rules.jobs.description import job_component, plan_job


def job(**members: Any) -> dict[str, Any]:
    """A job of one task, whose members may be changed by their path with `__`."""
    task: dict[str, Any] = {
        "ClusterId": "cls-1",
        "Parameters": {"Command": {"CommandLine": "true"}},
    }
    for path, value in members.items():
        node = task
        *parents, last = path.split("__")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return {"Name": "job", "Type": "DAG", "DAG": {"Tasks": {"t": task}, "Dependencies": {}}}


def refused(description: dict[str, Any]) -> str:
    with pytest.raises(ApiError) as caught:
        plan_job(description)
    assert caught.value.status == 400
    return caught.value.code


def test_defaults() -> None:
    plan = plan_job(job())
    (task,) = plan.tasks
    assert (plan.priority, plan.fail_on_instance_fail, plan.auto_release) == (0, True, False)
    assert (task.instance_count, task.max_retries, task.timeout) == (1, 0, 86400)
    assert (task.stdout, task.stderr, task.package) == ("", "", "")


@pytest.mark.parametrize(("sent", "effective"), [(0, 86400), (5, 5)])
def test_timeout_of_zero_is_absent(sent: int, effective: int) -> None:
    assert plan_job(job(Timeout=sent)).tasks[0].timeout == effective


@pytest.mark.parametrize("address", ["oss://b/logs", "oss://b/logs/"])
def test_streams_go_into_a_directory(address: str) -> None:
    (task,) = plan_job(job(Parameters__StdoutRedirectPath=address)).tasks
    assert task.object_name("stdout", "job-1", 7) == "oss://b/logs/stdout.job-1.t.7"
    assert task.object_name("stderr", "job-1", 7) == ""


AUTO = {"ImageId": "img-ubuntu"}
EMPTY_AUTO = {"InstanceType": "", "ECSImageId": "", "UserData": {}, "ReserveOnFail": False}


@pytest.mark.parametrize(
    ("cluster", "auto", "expected"),
    [
        ("", AUTO, ""),
        (None, {"ECSImageId": "m-1"}, ""),
        ("cls-1", None, "cls-1"),
        ("cls-1", {}, "cls-1"),
        ("cls-1", EMPTY_AUTO, "cls-1"),
        ("cls-1", AUTO, "cls-1"),
        ("", {"ClusterId": "cls-2"}, "cls-2"),
    ],
)
def test_either_cluster_or_auto_cluster(
    cluster: str | None, auto: dict[str, Any] | None, expected: str
) -> None:
    members = {"ClusterId": cluster, "AutoCluster": auto}
    description = job(**{name: value for name, value in members.items() if value is not None})
    if cluster is None:
        del description["DAG"]["Tasks"]["t"]["ClusterId"]
    (task,) = plan_job(description).tasks
    assert task.cluster_id == expected
    assert bool(task.auto_cluster) is not bool(expected)


@pytest.mark.parametrize("auto", [None, {}, EMPTY_AUTO, {"ImageId": ""}])
def test_neither_cluster_nor_auto_cluster(auto: dict[str, Any] | None) -> None:
    members = {} if auto is None else {"AutoCluster": auto}
    assert refused(job(ClusterId="", **members)) == "InvalidClusterId"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"ClusterId": "", "AutoCluster": {"ImageId": "img none"}}, "InvalidImageId"),
        ({"ClusterId": "", "AutoCluster": {"ECSImageId": "x"}}, "InvalidECSImageId"),
        ({"InstanceCount": 2**31}, "InvalidInstanceCount"),
        ({"Parameters__Command__PackagePath": "http://x"}, "InvalidPackagePath"),
        ({"Parameters__Command__Docker": {"Image": "--privileged"}}, "InvalidDocker"),
        (
            {"Parameters__Command__EnvVars": {"BATCH_COMPUTE_DOCKER_IMAGE": "a b"}},
            "InvalidEnvVars",
        ),
        ({"Parameters__Command__CommandLine": "echo \0"}, "InvalidCommandLine"),
        ({"Parameters__Command__CommandLine": "é" * 65_536}, "InvalidCommandLine"),
        ({"Parameters__Command__EnvVars": {"A=B": "x"}}, "InvalidEnvVars"),
        ({"Parameters__Command__EnvVars": {"A": "x\0"}}, "InvalidEnvVars"),
        ({"Parameters__StdoutRedirectPath": "/tmp"}, "InvalidStdoutRedirectPath"),
        ({"InputMapping": {"/tmp": "/home"}}, "InvalidInputMapping"),
        ({"InputMapping": {"oss://b/k": "home"}}, "InvalidInputMapping"),
        ({"OutputMapping": {"/tmp": "tmp"}}, "InvalidOutputMapping"),
        (
            {"InputMapping": {"oss://b/k": "/k"}, "OutputMapping": {"/k": "oss://b/k"}},
            "InvalidOutputMapping",
        ),
        ({"LogMapping": {"a.log": "b"}}, "InvalidLogMapping"),
        ({"Mounts": {"Entries": [{"Source": "nas://x", "Destination": "/x"}]}}, "InvalidMounts"),
    ],
)
def test_refused_task(members: dict[str, Any], code: str) -> None:
    assert refused(job(**members)) == code


@pytest.mark.parametrize(
    ("members", "code", "path"),
    [
        # No address that an object could have.
        ({"InputMapping": {"oss://b/../d/": "/x/"}}, "InvalidInputMapping", "oss://b/../d/"),
        ({"InputMapping": {"oss://../d/": "/x/"}}, "InvalidInputMapping", "oss://../d/"),
        ({"InputMapping": {"oss://b/\0/": "/x/"}}, "InvalidInputMapping", "oss://b/\0/"),
        ({"OutputMapping": {"/x": "oss://b//k"}}, "InvalidOutputMapping", "/x"),
        ({"LogMapping": {"/x": "oss://b/\0/"}}, "InvalidLogMapping", "/x"),
        (
            {"Parameters__Command__PackagePath": "oss://b/\0"},
            "InvalidPackagePath",
            "t.Parameters.Command.PackagePath",
        ),
        (
            {"Parameters__Command__PackagePath": "oss://b/dir/"},
            "InvalidPackagePath",
            "t.Parameters.Command.PackagePath",
        ),
        (
            {"Parameters__StderrRedirectPath": "oss://b/./"},
            "InvalidStderrRedirectPath",
            "t.Parameters.StderrRedirectPath",
        ),
        # No path that a file could have.
        ({"InputMapping": {"oss://b/k": "/\0"}}, "InvalidInputMapping", "oss://b/k"),
        ({"OutputMapping": {"/\0": "oss://b/k"}}, "InvalidOutputMapping", "/\0"),
        ({"LogMapping": {"/\0": "oss://b/d/"}}, "InvalidLogMapping", "/\0"),
        # One place for two things.
        (
            {"InputMapping": {"oss://b/d/": "/x/", "oss://b/e/": "/x/./"}},
            "InvalidInputMapping",
            "oss://b/e/",
        ),
        (
            {
                "Mounts": {"Entries": [{"Source": "oss://b/d/", "Destination": "/x/"}]},
                "InputMapping": {"oss://b/e/": "/x/"},
            },
            "InvalidInputMapping",
            "oss://b/e/",
        ),
        (
            {"OutputMapping": {"/x/": "oss://b/d/", "/y/../x/": "oss://b/e/"}},
            "InvalidOutputMapping",
            "/y/../x/",
        ),
        (
            {"LogMapping": {"a.log": "oss://b/d/", "./a.log": "oss://b/e/"}},
            "InvalidLogMapping",
            "./a.log",
        ),
    ],
)
def test_mapping_that_can_never_work_is_refused_by_its_place(
    members: dict[str, Any], code: str, path: str
) -> None:
    with pytest.raises(ApiError) as caught:
        plan_job(job(**members))
    assert (caught.value.status, caught.value.code) == (400, code)
    place = path if path.startswith("t.") else f"t.{code.removeprefix('Invalid')}.{path}"
    assert f"parameter DAG.Tasks.{place} is not valid. " in caught.value.message


@pytest.mark.parametrize(
    "members",
    [
        {"LogMapping": {"run.log": "oss://b/logs", "/var/log/x": "oss://b/logs/"}},
        {"InputMapping": {"oss://b/": "/all/", "oss://b/k": "/k", "oss://b/d/": "/d/"}},
        {"InputMapping": {"oss://b/d/": "/d/"}, "OutputMapping": {"/d/": "oss://b/e/"}},
        {"InputMapping": {"oss://b/\u4f60 \u597d?/": "/\u4f60 \u597d?/"}},
        {
            "InputMapping": {"oss://b/d/": "/d/"},
            "Mounts": {"Entries": [{"Source": "oss://b/d/", "Destination": "/d/"}]},
        },
        {"Parameters__StdoutRedirectPath": "oss://b"},
        # A slash on one side makes both a directory.
        {"InputMapping": {"oss://b/d/": "/x", "oss://b/e": "/y/", "oss://b": "/z"}},
        {"OutputMapping": {"/x/": "oss://b/k", "/y": "oss://b/d/", "/z": "oss://b"}},
        {"LogMapping": {"/logs/": "oss://b/d/", "/more": "oss://b/d"}},
        {"Mounts": {"Entries": [{"Source": "oss://b/d/", "Destination": "/x"}]}},
        {"Mounts": {"Entries": [{"Source": "", "Destination": ""}, {}]}},
        # What may be written to may be the result.
        {
            "WriteSupport": True,
            "InputMapping": {"oss://b/d/": "/d/"},
            "OutputMapping": {"/d/": "oss://b/d/"},
        },
    ],
)
def test_mapping_that_may_work_is_accepted(members: dict[str, Any]) -> None:
    plan_job(job(**members))


def test_object_mounts_are_inputs() -> None:
    entries = [{"Source": "oss://b/in/", "Destination": "/in/", "WriteSupport": True}]
    (task,) = plan_job(job(Mounts={"Entries": entries}, InputMapping={"oss://b/x": "/x"})).tasks
    assert task.input_mapping == {"oss://b/x": "/x"}
    assert task.mounts == (("oss://b/in/", "/in/", True),)


def test_task_names_are_checked() -> None:
    description = job()
    description["DAG"]["Tasks"] = {"9": description["DAG"]["Tasks"]["t"]}
    assert refused(description) == "InvalidTasks"


def test_type_chooses_the_component() -> None:
    assert job_component({"Type": "App"}) == "AppJobDescription"
    assert job_component({"Type": "DAG"}) == "JobDescription"
    assert job_component({}) == "JobDescription"
    with pytest.raises(ApiError, match="InvalidType"):
        job_component({"Type": "Other"})


def test_edges_are_numbered_once() -> None:
    assert successors_of(["a", "b", "c"], {"a": ["b", "c", "b"], "b": ["c"]}) == (
        (1, 2),
        (2,),
        (),
    )


@pytest.mark.parametrize(
    "dependencies", [{"a": ["a"]}, {"a": ["b"], "b": ["a"]}, {"b": ["c"], "c": ["b"]}]
)
def test_circles_are_refused(dependencies: dict[str, list[str]]) -> None:
    with pytest.raises(ApiError, match="BadDAG"):
        successors_of(["a", "b", "c"], dependencies)


@pytest.mark.parametrize("dependencies", [{"x": ["a"]}, {"a": ["x"]}, {"x": []}])
def test_unknown_tasks_in_dependencies_are_refused(dependencies: dict[str, list[str]]) -> None:
    with pytest.raises(ApiError, match="InvalidDependencies"):
        successors_of(["a"], dependencies)


@given(st.permutations(range(8)), st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))))
def test_whatever_follows_an_order_is_no_circle(
    order: list[int], pairs: set[tuple[int, int]]
) -> None:
    names = [f"t{number}" for number in range(8)]
    dependencies: dict[str, list[str]] = {}
    for first, second in pairs:
        if order.index(first) < order.index(second):
            dependencies.setdefault(names[first], []).append(names[second])
    edges = successors_of(names, dependencies)
    assert sum(map(len, edges)) == sum(len(set(each)) for each in dependencies.values())


def cluster(**members: Any) -> dict[str, Any]:
    groups = {"g": {"DesiredVMCount": 1}}
    return {"Name": "c", "ImageId": "img-ubuntu", "Groups": groups, **members}


@pytest.mark.parametrize(
    "image",
    ["img-ubuntu", "img-centos-vpc", "m-28ptv7mvl", "img-f5tcaqrmrllg4sjgngo00m", "img-My_1.0"],
)
@pytest.mark.parametrize("kind", ["", "bcs.a2.large", "ecs.anything", "t2.micro"])
def test_accepted_clusters(image: str, kind: str) -> None:
    check_cluster(cluster(ImageId=image, InstanceType=kind))


VPC = "Configs.Networks.VPC"


def disks(system: str, data: str, size: int = 9) -> dict[str, Any]:
    described = {"Type": data, "Size": size, "MountPoint": "/data"}
    return {"Disks": {"SystemDisk": {"Type": system, "Size": 40}, "DataDisk": described}}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"ImageId": "ubuntu"}, "InvalidImageId"),
        ({"ImageId": ""}, "MissingImageId"),
        ({"Groups": {"1g": {"DesiredVMCount": 1}}}, "InvalidGroups.1g"),
        ({"Groups": {"g": {"DesiredVMCount": 1, "ImageId": "x"}}}, "InvalidImageId"),
        (
            {"Configs": {"Networks": {"VPC": {"ExpressConnectSpec": "Large.2"}}}},
            f"Missing{VPC}.OppositeRouterId",
        ),
    ],
)
def test_refused_clusters(members: dict[str, Any], code: str) -> None:
    with pytest.raises(ApiError) as caught:
        check_cluster(cluster(**members))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "configs",
    [
        disks("cloud_ssd", "cloud_ssd"),
        disks("", "cloud_ssd"),
        disks("cloud_ssd", ""),
        # A size of 0 is no disk, whatever clients fill in beside it.
        disks("cloud_ssd", "cloud", size=0),
        {"Disks": {"DataDisk": {"Type": "cloud", "Size": 9, "MountPoint": "/data"}}},
        # Types that nobody knows yet.
        disks("cloud_9", "cloud_9"),
        # What the hosted service refused.
        disks("cloud", "cloud_ssd"),
        {"Disks": {"DataDisk": {"Size": 9}}},
        {"Networks": {"VPC": {"CidrBlock": "8.8.0.0/16"}}},
    ],
)
def test_disks_and_networks_change_nothing_and_are_accepted(configs: dict[str, Any]) -> None:
    check_cluster(cluster(Configs=configs))
    plan_job(job(ClusterId="", AutoCluster={**AUTO, "Configs": configs}))


@pytest.mark.parametrize("price", [0, 0.0, 1, 0.001, 12.125, 0.1 + 0.2, 10**15, 1e307, 0.9999])
def test_prices_are_accepted(price: float) -> None:
    group = {"DesiredVMCount": 1, "SpotPriceLimit": price}
    check_cluster(cluster(Groups={"g": group}))
    check_change({"Groups": {"g": group}})
    plan_job(job(ClusterId="", AutoCluster={**AUTO, "SpotPriceLimit": price}))


def mounts(*pairs: tuple[str, str]) -> dict[str, Any]:
    entries = [{"Source": source, "Destination": local} for source, local in pairs]
    return {"Mounts": {"Entries": entries}}


MOUNTS_THAT_CANNOT_BE = [
    (("oss://b/d/", "rel/"), 0),
    (("oss://b/d/", ""), 0),
    (("oss://../d/", "/x/"), 0),
    (("oss://b/d/", "/\0/"), 0),
    (("nas://h:/\0", "/x/"), 0),
    (("oss://b/e/", "/taken/"), 1),
]


@pytest.mark.parametrize(("pair", "number"), MOUNTS_THAT_CANNOT_BE)
def test_mount_that_can_never_be_is_refused_by_its_place(
    pair: tuple[str, str], number: int
) -> None:
    configs = mounts(*[("oss://b/taken/", "/taken/")][:number], pair)
    place = f"Configs.Mounts.Entries.{number}"
    for refuse, description, path in (
        (check_cluster, cluster(Configs=configs), place),
        (check_change, {"Configs": configs}, place),
        (
            plan_job,
            job(ClusterId="", AutoCluster={**AUTO, "Configs": configs}),
            f"DAG.Tasks.t.AutoCluster.{place}",
        ),
    ):
        with pytest.raises(ApiError) as caught:
            refuse(description)
        assert (caught.value.status, caught.value.code) == (400, f"Invalid{place}")
        assert f"parameter {path} is not valid. " in caught.value.message


@pytest.mark.parametrize(("name", "value"), [("A", "x\0"), ("A\0", "x"), ("A=B", "x"), ("", "x")])
def test_variables_that_no_program_can_have_are_refused(name: str, value: str) -> None:
    variables = {"OK": "", name: value}
    for check, description in (
        (check_cluster, cluster(EnvVars=variables)),
        (check_change, {"EnvVars": variables}),
    ):
        with pytest.raises(ApiError, match="InvalidEnvVars") as caught:
            check(description)
        assert f"parameter EnvVars.{name} is not valid. " in caught.value.message


@pytest.mark.parametrize("image", ["a b", "--privileged"])
def test_clusters_name_images_as_commands_do(image: str) -> None:
    variables = {"BATCH_COMPUTE_DOCKER_IMAGE": image}
    for check, description in (
        (check_cluster, cluster(EnvVars=variables)),
        (check_change, {"EnvVars": variables}),
    ):
        with pytest.raises(ApiError, match="InvalidEnvVars") as caught:
            check(description)
        place = "EnvVars.BATCH_COMPUTE_DOCKER_IMAGE"
        assert f"parameter {place} is not valid. " in caught.value.message


def test_clusters_may_name_an_image_its_registry_or_both() -> None:
    image = {"BATCH_COMPUTE_DOCKER_IMAGE": "localhost:5000/a:1"}
    registry = {"BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH": "oss://b/dockers/"}
    for variables in (image, registry, image | registry):
        check_cluster(cluster(EnvVars=variables))
        check_change({"EnvVars": variables})


@pytest.mark.parametrize(
    ("source", "local"),
    [
        ("oss://b/d/", "x/"),
        ("oss://b/./", "/x/"),
        ("nas://h:/", "/x/"),
        ("oss://b/d/", "/taken/./"),
    ],
)
def test_mapping_of_a_cluster_that_can_never_be_is_refused(source: str, local: str) -> None:
    with pytest.raises(ApiError, match="InvalidInputMapping") as caught:
        check_change({"InputMapping": {"oss://b/taken/": "/taken/", source: local}})
    assert f"parameter InputMapping.{source} is not valid. " in caught.value.message


def test_mounts_that_are_left_out_are_accepted() -> None:
    configs = mounts(("nas://host:/", "/mnt/"), ("", ""), ("smb://host/share", "Z:"))
    check_cluster(cluster(Configs=configs))
    check_change({"Configs": configs})


@pytest.mark.parametrize("image", ["ubuntu:22.04", "img-", "IMG-ubuntu", "img-a b", "m-/etc"])
def test_what_is_no_id_of_an_image_is_refused(image: str) -> None:
    with pytest.raises(ApiError, match=r"container belongs into Docker\.Image"):
        check_cluster(cluster(ImageId=image))


@pytest.mark.parametrize("change", [{}, {"Configs": {}}, {"Other": 1}, {"ImageId": ""}])
def test_change_of_nothing_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="MissingGroups"):
        check_change(change)


@pytest.mark.parametrize(
    "change",
    [
        {"UserData": {}},
        {"EnvVars": {"A": "b"}},
        {"Configs": {"Mounts": {}}},
        {"ImageId": "", "UserData": {"A": "b"}},
        {"Groups": {"g": {"InstanceType": "", "DesiredVMCount": 1}}, "ImageId": ""},
    ],
)
def test_any_single_change_is_accepted(change: dict[str, Any]) -> None:
    check_change(change)
