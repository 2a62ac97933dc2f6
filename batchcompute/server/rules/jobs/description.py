"""From a checked JobDescription to a plan, with the rules that no schema can state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchcompute.server.model.errors import invalid
from batchcompute.server.model.plan import (
    DEFAULT_TIMEOUT,
    JobPlan,
    Mount,
    TaskPlan,
    mounted_objects,
)
from batchcompute.server.notifications.topics import topic_text
from batchcompute.server.rules.catalogue.offered import check_image
from batchcompute.server.rules.clusters.description import check_configs
from batchcompute.server.rules.images.description import Reference
from batchcompute.server.rules.jobs.commands import check_command_line, check_variables
from batchcompute.server.rules.jobs.containers import container_image
from batchcompute.server.rules.jobs.dag import successors_of
from batchcompute.server.rules.jobs.mappings import (
    Place,
    check_local,
    check_object,
    check_oss,
    check_pair,
    check_places,
    directory,
    input_places,
    is_same_place,
)
from batchcompute.server.rules.names import check_name

#: Numbers beyond this fit into no column of the database; nobody means them.
MAX_NUMBER = 2**31 - 1


def plan_job(description: Mapping[str, Any]) -> JobPlan:
    """Turn a JobDescription of type DAG into a plan.

    Args:
        description: A body that agrees with the specification.

    Returns:
        The plan. Whether its clusters exist is not checked.

    Raises:
        ApiError: A rule is broken; the message names the member.
    """
    dag = description["DAG"]
    tasks = dag["Tasks"]
    for name in tasks:
        check_name(name, "Tasks", f"DAG.Tasks.{name}")
    plans = tuple(_plan_task(name, task) for name, task in tasks.items())
    return JobPlan(
        name=description["Name"],
        priority=description.get("Priority", 0),
        fail_on_instance_fail=description.get("JobFailOnInstanceFail", True),
        auto_release=description.get("AutoRelease", False),
        tasks=plans,
        successors=successors_of(tuple(tasks), dag.get("Dependencies", {})),
        topic=topic_text(description),
    )


def _plan_task(name: str, task: Mapping[str, Any]) -> TaskPlan:
    path = f"DAG.Tasks.{name}"
    cluster_id, auto = _placement(task, path)
    parameters = task["Parameters"]
    command = parameters["Command"]
    check_command_line(command["CommandLine"], f"{path}.Parameters.Command.CommandLine")
    environment = command.get("EnvVars", {})
    check_variables(environment, f"{path}.Parameters.Command.EnvVars")
    package = command.get("PackagePath", "")
    if package:
        check_object(package, "PackagePath", f"{path}.Parameters.Command.PackagePath")
    container, registry = container_image(command, f"{path}.Parameters.Command.")
    return TaskPlan(
        name=name,
        cluster_id=cluster_id,
        auto_cluster=auto,
        instance_count=_number(task, "InstanceCount", 1, path),
        max_retries=_number(task, "MaxRetryCount", 0, path),
        timeout=_number(task, "Timeout", 0, path) or DEFAULT_TIMEOUT,
        command_line=command["CommandLine"],
        environment=environment,
        package=package,
        container=container,
        registry=registry,
        input_mapping=task.get("InputMapping", {}),
        mounts=_mounts(task, path),
        write_support=task.get("WriteSupport", False),
        output_mapping=_outputs(task, path),
        log_mapping=_logs(task, path),
        stdout=_stream(parameters, "StdoutRedirectPath", path),
        stderr=_stream(parameters, "StderrRedirectPath", path),
    )


def _placement(task: Mapping[str, Any], path: str) -> tuple[str, dict[str, Any]]:
    """Decide between ClusterId and AutoCluster; clients fill in both and mean one."""
    cluster_id = task.get("ClusterId", "")
    if cluster_id:
        return cluster_id, {}
    auto = task.get("AutoCluster", {})
    if auto.get("ClusterId"):
        return auto["ClusterId"], {}
    member = "ImageId" if auto.get("ImageId") else "ECSImageId"
    image = auto.get(member)
    if not image:
        # There is nothing to run on, and nothing says whether a cluster was forgotten or an image.
        detail = "Exactly one of ClusterId and AutoCluster (with an ImageId) must be given."
        raise invalid("ClusterId", detail, f"{path}.ClusterId")
    check_image(image, f"{path}.AutoCluster.{member}")
    check_configs(auto.get("Configs", {}), f"{path}.AutoCluster.Configs")
    return "", dict(auto)


def _number(task: Mapping[str, Any], member: str, default: int, path: str) -> int:
    value: int = task.get(member, default)
    if value > MAX_NUMBER:
        raise invalid(member, f"It must not exceed {MAX_NUMBER}.", f"{path}.{member}")
    return value


def _mounts(task: Mapping[str, Any], path: str) -> tuple[Mount, ...]:
    """Check the inputs of a task, and return those that are mounts."""
    entries = task.get("Mounts", {}).get("Entries", [])
    if not entries and not task.get("InputMapping"):
        # Like most tasks, whose checks are a part of what a job costs that is felt.
        return ()
    places: list[Place] = []
    for number, entry in enumerate(entries):
        place = f"{path}.Mounts.Entries.{number}"
        source = entry.get("Source", "")
        if not source:
            continue  # There is nothing to mount, and so nothing that a program would miss.
        if not source.startswith("oss://"):
            # The program would run without its data.
            detail = f"This server can mount oss:// only, not {source}."
            raise invalid("Mounts", detail, f"{place}.Source")
        local = entry.get("Destination", "")
        check_pair(source, local, "Mounts", place)
        places.append((local, source, "Mounts", place))
    places += input_places(task.get("InputMapping", {}), f"{path}.InputMapping")
    check_places(places)
    return mounted_objects(entries, task.get("WriteSupport", False))


def _outputs(task: Mapping[str, Any], path: str) -> dict[str, str]:
    mapping: dict[str, str] = task.get("OutputMapping", {})
    if not mapping:
        return {}
    read_only: dict[str, str] = {} if task.get("WriteSupport") else task.get("InputMapping", {})
    code, path = "OutputMapping", f"{path}.OutputMapping"
    for local, target in mapping.items():
        check_pair(target, local, code, f"{path}.{local}")
        # A directory that is mounted to be written to may well be where the result belongs.
        if target in read_only and is_same_place(read_only[target], local):
            detail = f"{local} and {target} are a pair of InputMapping as well."
            raise invalid(code, detail, f"{path}.{local}")
    check_places((local, target, code, f"{path}.{local}") for local, target in mapping.items())
    return mapping


def _logs(task: Mapping[str, Any], path: str) -> dict[str, str]:
    mapping = task.get("LogMapping", {})
    if not mapping:
        return {}
    code, path = "LogMapping", f"{path}.LogMapping"
    for local, target in mapping.items():
        check_local(local, code, f"{path}.{local}")
        check_oss(target, code, f"{path}.{local}")
    check_places((local, target, code, f"{path}.{local}") for local, target in mapping.items())
    return {local: directory(target) for local, target in mapping.items()}


def _stream(parameters: Mapping[str, Any], member: str, path: str) -> str:
    address: str = parameters.get(member, "")
    if not address:
        return ""
    check_oss(address, member, f"{path}.Parameters.{member}")
    return directory(address)


def images_of(plan: JobPlan) -> Iterator[Reference]:
    """Yield the images that the tasks' own clusters are made with."""
    for task in plan.tasks:
        for member in ("ImageId", "ECSImageId"):
            if task.auto_cluster.get(member):
                yield task.auto_cluster[member], f"DAG.Tasks.{task.name}.AutoCluster.{member}"


def job_component(body: Mapping[str, Any]) -> str:
    """Return the component of the specification that a CreateJob body is to be checked against.

    Raises:
        ApiError: Type is neither of the two that exist.
    """
    kind = body.get("Type", "DAG")
    if kind == "App":
        return "AppJobDescription"
    if isinstance(kind, str) and kind != "DAG":
        raise invalid("Type", "It must be one of DAG, App.")
    # An absent or ill-typed one is found by the check itself, together with all other faults.
    return "JobDescription"
