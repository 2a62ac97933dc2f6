"""Find out by what this machine can limit programs, and say it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from batchcompute.server.executors.attempt.caps.cgroups import find_tree
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.images.commands import call

_SECONDS = 20.0
_WATCHED = (
    "memory is watched: a program whose processes together have more than its VM is killed, some "
    "hundredths of a second after that; processors are limited where a VM has whole ones, and the "
    "number of processes is not"
)
_DISKS = "sizes of disks are not enforced: programs share the file system of the data folder"


@dataclass(frozen=True, slots=True)
class Limits:
    """By what programs are limited.

    Attributes:
        rules: What shims need to know.
        notes: What was found, one sentence each.
    """

    rules: CapRules
    notes: tuple[str, ...]


def find_limits(
    *, cgroup: str, processes: int, devices: Mapping[str, tuple[str, ...]], engine: str
) -> Limits:
    """Find out by what programs can be limited.

    Args:
        cgroup: A cgroup that is left to us; "" to find one.
        processes: Processes and threads that a program may have.
        devices: Kind of device -> names of those that the machine has.
        engine: Path of the container engine, or "".
    """
    tree = find_tree(cgroup)
    notes = [tree.note] if tree.path else [f"programs run without cgroups: {tree.note}", _WATCHED]
    containers = bool(engine) and _engine_can_limit(engine)
    if engine and not containers:
        notes.append(f"{os.path.basename(engine)} cannot limit the memory of containers here")
    rules = CapRules(tree.path, processes, dict(devices), containers)
    return Limits(rules, (*notes, _DISKS))


def scope_command() -> list[str]:
    """Return what to put before a command so that systemd gives it a cgroup; [] if it does not."""
    path = shutil.which("systemd-run")
    if path is None:
        return []
    command = [path, "--scope", "--quiet", "--collect", "-p", "Delegate=yes"]
    if os.getuid() != 0:
        command.insert(1, "--user")
    try:
        done = call([*command, "true"], _SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [*command, "--"] if done.returncode == 0 else []


def _engine_can_limit(engine: str) -> bool:
    of_docker = os.path.basename(engine) == "docker"
    asked = "{{.MemoryLimit}}" if of_docker else "{{.Host.CgroupControllers}}"
    try:
        done = call([engine, "info", "--format", asked], _SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and ("memory" in done.stdout or done.stdout.strip() == "true")
