"""From an App and the arguments of one run of it to a plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from batchcompute.server.model.errors import invalid, missing
from batchcompute.server.model.plan import DEFAULT_TIMEOUT, JobPlan, TaskPlan
from batchcompute.server.notifications.topics import topic_text
from batchcompute.server.rules.apps.description import (
    SETTINGS,
    check_setting,
    container_of,
    matches,
)
from batchcompute.server.rules.jobs.mappings import (
    Place,
    check_oss,
    check_pair,
    check_places,
    directory,
)

#: Name of the only task of an App's job.
TASK_NAME = "task"

#: Where the value of a parameter goes whose name the shell cannot read as a variable.
_SUBSTITUTE = "BATCH_COMPUTE_APP_PARAMETER_"

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")


#: The image of the VMs that run containers.
_CONTAINER_HOST = "img-ubuntu"


def plan_app_job(job: Mapping[str, Any], app: Mapping[str, Any]) -> JobPlan:
    """Turn a job of type App into a plan.

    Args:
        job: An AppJobDescription that agrees with the specification.
        app: The AppDescription, which was checked when it was stored.

    Returns:
        The plan. Whether its cluster and its image exist is not checked.

    Raises:
        ApiError: A rule is broken; the message names the member.
    """
    container, registry = container_of(app)
    arguments = job["App"]
    config = arguments.get("Config", {})
    settings = _settings(config, app.get("Config", {}))
    cluster_id = config.get("ClusterId", "")
    variables, inputs = _inputs(arguments.get("Inputs", {}), app.get("InputParameters", {}))
    places = _outputs(arguments.get("Outputs", {}), app.get("OutputParameters", {}))
    outputs = {local: target for local, target in places.values() if target}
    for source, local in inputs.items():
        if outputs.get(local) == source:
            raise invalid("Outputs", f"{source} is an input at {local} as well.", "App.Outputs")
    variables |= {name: local for name, (local, _) in places.items()}
    command_line, substitutes = _command_line(app["CommandLine"], variables)
    logging = arguments.get("Logging", {})
    task = TaskPlan(
        name=TASK_NAME,
        cluster_id=cluster_id,
        auto_cluster={} if cluster_id else _auto_cluster(app, config, settings),
        instance_count=settings["InstanceCount"],
        max_retries=settings["MaxRetryCount"],
        timeout=settings["Timeout"] or DEFAULT_TIMEOUT,
        command_line=command_line,
        environment={**app.get("EnvVars", {}), **variables, **substitutes},
        container=container,
        registry=registry,
        input_mapping=inputs,
        output_mapping=outputs,
        stdout=_stream(logging, "StdoutPath"),
        stderr=_stream(logging, "StderrPath"),
        app_outputs={name: target for name, (_, target) in places.items() if target},
    )
    return JobPlan(
        name=job["Name"],
        priority=job.get("Priority", 0),
        fail_on_instance_fail=job.get("JobFailOnInstanceFail", True),
        auto_release=job.get("AutoRelease", False),
        tasks=(task,),
        successors=((),),
        topic=topic_text(job),
    )


def _settings(given: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, default in SETTINGS.items():
        setting = declared.get(name, {})
        found[name] = setting.get("Default", default)
        if name in given:
            path = f"App.Config.{name}"
            # Programs send what they know to be the App's own value as well.
            if not setting.get("Overwritable", True) and given[name] != found[name]:
                raise invalid(name, "The App does not let jobs replace it.", path)
            check_setting(name, given[name], path)
            found[name] = given[name]
    return found


def _inputs(
    given: Mapping[str, Any], declared: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the variables of the inputs, and those that are objects, address to local path."""
    for name in given:
        # The program would never see it.
        if name not in declared:
            raise invalid("Inputs", f"The App has no input {name}.", f"App.Inputs.{name}")
    variables: dict[str, str] = {}
    mapping: dict[str, str] = {}
    taken: list[Place] = []
    for name, parameter in declared.items():
        path = f"App.Inputs.{name}"
        kind = parameter.get("Type", "String")
        value = given.get(name, parameter.get("Default"))
        if value is None:
            raise missing("Inputs", path)
        if not matches(value, kind):
            raise invalid("Inputs", f"Its type must be {kind}.", path)
        value = str(value)
        local = parameter.get("LocalPath", "")
        # With nothing to make available there is no place where it is.
        variables[name] = local if local and value else value
        if local and value:
            check_pair(value, local, "Inputs", path)
            # A mapping knows an object by its address, so one of the two places would be empty.
            if value in mapping:
                raise invalid("Inputs", f"{value} is the value of another input already.", path)
            mapping[value] = local
            taken.append((local, value, "Inputs", path))
    check_places(taken)
    return variables, mapping


def _outputs(given: Mapping[str, str], declared: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return local path and address, "" if it is not kept, of each output that has a path."""
    places = {
        name: (parameter["LocalPath"], given.get(name, ""))
        for name, parameter in declared.items()
        if parameter.get("LocalPath")
    }
    taken: list[Place] = []
    for name, target in given.items():
        path = f"App.Outputs.{name}"
        if not target:
            continue
        # The result would be lost.
        if name not in places:
            raise invalid("Outputs", f"The App has no output {name} with a LocalPath.", path)
        check_pair(target, places[name][0], "Outputs", path)
        taken.append((places[name][0], target, "Outputs", path))
    check_places(taken)
    return places


def _command_line(text: str, variables: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Let the shell fill in the parameters, so that no value is read as a command.

    Names that are no variables for the shell, like `in-file`, are replaced by ones that are.
    """
    substitutes: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        name = match[1]
        if name not in variables or _IDENTIFIER.fullmatch(name):
            return match[0]
        substitute = f"{_SUBSTITUTE}{list(variables).index(name)}"
        substitutes[substitute] = variables[name]
        return f"${{{substitute}}}"

    return _REFERENCE.sub(rename, text), substitutes


def _auto_cluster(
    app: Mapping[str, Any], config: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    disks: dict[str, Any] = {
        "SystemDisk": {"Type": settings["DiskType"], "Size": settings["MinDiskSize"]}
    }
    if settings["MinDataDiskSize"]:
        disks["DataDisk"] = {
            "Type": settings["DataDiskType"],
            "Size": settings["MinDataDiskSize"],
            "MountPoint": settings["DataDiskMountPoint"],
        }
    return {
        # An App in a container names no image of a VM.
        "ImageId": app.get("VM", {}).get("ECSImageId") or _CONTAINER_HOST,
        "InstanceType": settings["InstanceType"],
        "ResourceType": settings["ResourceType"],
        "ReserveOnFail": config.get("ReserveOnFail", False),
        "Configs": {"Disks": disks},
    }


def _stream(logging: Mapping[str, Any], member: str) -> str:
    address: str = logging.get(member, "")
    if address:
        check_oss(address, member, f"App.Logging.{member}")
    return directory(address)
