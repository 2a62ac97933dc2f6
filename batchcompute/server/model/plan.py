"""The part of a checked JobDescription that the scheduler needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

#: Seconds that an attempt may run if the caller does not say.
DEFAULT_TIMEOUT = 86400

#: `oss://` address, local path, and whether programs may write below it.
Mount = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task, ready to be scheduled.

    Attributes:
        name: Its name in the DAG.
        cluster_id: The cluster it runs on, or "" if it gets one of its own.
        auto_cluster: The AutoCluster as it was sent; empty if it runs on a cluster.
        instance_count: Instances, numbered from 0.
        max_retries: Failed attempts of an instance that are followed by another.
        timeout: Seconds that one attempt may run.
        command_line: What the shell runs.
        environment: The caller's variables.
        package: `oss://` address of the program package, or "".
        container: Image of the container to run in, or "" for none.
        registry: `oss://` directory with the registry that the image is in, or "" if it is in none
            of the caller's own.
        input_mapping: `oss://` address to local path.
        mounts: The task's own mounts of objects.
        write_support: Programs may write below the directories of `input_mapping`.
        output_mapping: Local path to `oss://` address.
        log_mapping: Local file to `oss://` directory ending in "/".
        stdout, stderr: `oss://` directory ending in "/", or "" to discard the stream.
        app_outputs: Name of an App's output to `oss://` address; None if it does not run an App.
    """

    name: str
    cluster_id: str
    instance_count: int
    command_line: str
    auto_cluster: Mapping[str, Any] = field(default_factory=dict[str, Any])
    max_retries: int = 0
    timeout: int = DEFAULT_TIMEOUT
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    package: str = ""
    container: str = ""
    registry: str = ""
    input_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    mounts: Sequence[Mount] = ()
    write_support: bool = False
    output_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    log_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    stdout: str = ""
    stderr: str = ""
    app_outputs: Mapping[str, str] | None = None

    @property
    def reserve_on_fail(self) -> bool:
        """True if the task's own cluster stays for inspection when the task failed."""
        return bool(self.auto_cluster.get("ReserveOnFail", False))

    def to_json(self) -> str:
        """Write the plan for the database."""
        told = {
            name: value
            for name, default in _DEFAULTS.items()
            if (value := getattr(self, name)) != default
        }
        return to_json(told).decode()

    @staticmethod
    def from_json(text: str) -> TaskPlan:
        """Read a plan that `to_json` wrote; it may be shared, so nobody changes it."""
        return _read(text)

    def object_name(self, stream: str, job_id: str, index: int) -> str:
        """Return the object that one instance's stream goes to.

        Args:
            stream: "stdout" or "stderr".
            job_id: The job.
            index: The instance.

        Returns:
            An `oss://` address, or "" if the stream is discarded.
        """
        directory = self.stdout if stream == "stdout" else self.stderr
        return f"{directory}{stream}.{job_id}.{self.name}.{index}" if directory else ""


_DEFAULTS = {
    each.name: each.default_factory() if callable(each.default_factory) else each.default
    for each in fields(TaskPlan)
}


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A job, ready to be scheduled.

    Attributes:
        name: Its name; need not be unique.
        priority: 0 to 1000, larger first.
        fail_on_instance_fail: One failed instance fails the job.
        auto_release: The job is deleted when it has finished.
        tasks: In the order in which they were sent.
        successors: For each task, positions of the tasks that wait for it.
        topic: Whom to tell of what, as `topics.topic_text` writes it.
    """

    name: str
    priority: int
    fail_on_instance_fail: bool
    auto_release: bool
    tasks: tuple[TaskPlan, ...]
    successors: tuple[tuple[int, ...], ...]
    topic: str = ""


def mounted_objects(
    entries: Iterable[Mapping[str, Any]], write_support: bool = False
) -> tuple[Mount, ...]:
    """Return the object mounts among `Mounts.Entries`.

    Args:
        entries: The entries.
        write_support: Whether programs may write below all of them, whatever an entry says.
    """
    return tuple(
        (entry["Source"], entry["Destination"], write_support or bool(entry.get("WriteSupport")))
        for entry in entries
        if str(entry.get("Source", "")).startswith("oss://") and entry.get("Destination")
    )


def disk_folders(configs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where the data disk of a VM is mounted, if that is a place of this system.

    Args:
        configs: The `Configs` of a cluster.
    """
    disks: Mapping[str, Any] = configs.get("Disks") or {}
    disk: Mapping[str, Any] = disks.get("DataDisk") or {}
    place: str = disk.get("MountPoint") or ""
    return (place,) if disk.get("Size") and place.startswith("/") else ()


def notes_on(description: Mapping[str, Any]) -> list[str]:
    """Say what of a cluster has no effect here, in lines for its operation logs.

    Args:
        description: A ClusterDescription, or a change of one, or an AutoCluster.
    """
    entries = description.get("Configs", {}).get("Mounts", {}).get("Entries", [])
    sources = [entry.get("Source", "") for entry in entries]
    return [
        f"Mount {source} is left out: this server can mount oss:// only"
        for source in sources
        if source and not source.startswith("oss://")
    ]


@lru_cache(maxsize=512)
def _read(text: str) -> TaskPlan:
    # A task of many instances is read once per dispatch; the cache makes that a lookup.
    return TaskPlan(**json.loads(text))
