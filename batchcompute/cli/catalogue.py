"""All commands: their names, what they do, and the module that has them, loaded when it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        name: Its name.
        group: The heading that it is listed under.
        summary: What it does, in a few words.
        module: Its module, below `batchcompute.cli.commands`.
    """

    name: str
    group: str
    summary: str
    module: str


_JOBS = "Jobs"
_PLACES = "Clusters, images, Apps"
_OBJECTS = "Objects (oss://)"
_SERVICE = "A service of your own"
_HELP = "Help"

COMMANDS: Final = tuple(
    Command(name, group, summary, module)
    for group, name, module, summary in (
        (_JOBS, "submit", "submit", "submit a description, or a command to run"),
        (_JOBS, "jobs", "jobs", "list jobs, the newest first"),
        (_JOBS, "show", "show", "show a job, a task or an instance"),
        (_JOBS, "tasks", "tasks", "list the tasks of a job"),
        (_JOBS, "instances", "instances", "list instances, such as those that failed"),
        (_JOBS, "watch", "watch", "watch a job while it runs"),
        (_JOBS, "wait", "wait", "wait until jobs have ended"),
        (_JOBS, "logs", "logs", "print what instances have printed"),
        (_JOBS, "explain", "explain", "say why something does not run, or why it failed"),
        (_JOBS, "stop", "change", "stop jobs"),
        (_JOBS, "start", "change", "start jobs that failed or were stopped again"),
        (_JOBS, "rm", "change", "delete jobs"),
        (_JOBS, "priority", "change", "change the priority of jobs"),
        (_PLACES, "clusters", "clusters", "list, show, create, scale and delete clusters"),
        (_PLACES, "images", "catalogues", "list VM images"),
        (_PLACES, "apps", "catalogues", "list Apps"),
        (_OBJECTS, "ls", "objects", "list objects"),
        (_OBJECTS, "cat", "objects", "print objects"),
        (_OBJECTS, "cp", "objects", "copy files to objects, and objects to files"),
        (_SERVICE, "serve", "service", "run the service on this machine"),
        (_SERVICE, "env", "service", "print what to set in a shell to use the service"),
        (_SERVICE, "console", "console", "show the service in a browser"),
        (_SERVICE, "keys", "service", "say who may use the service of this machine"),
        (_SERVICE, "config", "service", "check a configuration file of the service, or show one"),
        (_SERVICE, "backup", "service", "copy all data of the service, also while it runs"),
        (_SERVICE, "restore", "service", "make a data folder of the service from a copy"),
        (_SERVICE, "pools", "service", "try whether engines would take agents"),
        (_SERVICE, "certificates", "service", "make a certificate for the port that agents join"),
        (_SERVICE, "agent", "service", "run programs for a service on another machine"),
        (_HELP, "doctor", "doctor", "find out why requests do not work"),
        (_HELP, "completion", "completion", "print what makes a shell complete commands"),
        (_HELP, "version", "doctor", "print versions"),
    )
)


def find(name: str) -> Command | None:
    """Return the command of this name, or None.

    Args:
        name: The name.
    """
    return next((command for command in COMMANDS if command.name == name), None)


def overview() -> str:
    """Return the help of the whole program."""
    lines = ["usage: batchcompute COMMAND [OPTIONS]", ""]
    longest = max(len(command.name) for command in COMMANDS)
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines.append(f"{group}:")
        lines += [
            f"  {command.name.ljust(longest)}  {command.summary}"
            for command in COMMANDS
            if command.group == group
        ]
        lines.append("")
    lines += [
        "batchcompute COMMAND --help says more, with examples.",
        "Where requests go: BATCHCOMPUTE_ENDPOINT, or --endpoint, or the service that runs here.",
        "Exit codes: 0 finished, 1 error, 2 usage, 3 failed, 4 stopped, 5 not found,",
        "6 not allowed, 124 time-out, 130 interrupted.",
    ]
    return "\n".join(lines)
