"""`batchcompute explain`: why something does not run, or why it failed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from batchcompute._logs.selection import Instances
from batchcompute.cli import exit_codes
from batchcompute.cli.commands.instances import TARGET_HELP, exit_code, reason
from batchcompute.cli.commands.watch import counts
from batchcompute.cli.failures import UsageError
from batchcompute.cli.selection import (
    Target,
    find_cluster,
    find_target,
    select_instances,
)
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import json_text, plain
from batchcompute.cli.text import harmless
from batchcompute.cli.times import duration
from batchcompute.exceptions import ExtensionMissingError

#: Instances that are explained at once; more would be asked for one by one.
_MOST: Final = 20
#: Seconds from which on it is worth saying how long something has been so.
_LONG: Final = 5
_FAILED: Final = Instances(states=("Failed",))


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "The service of this project explains itself. Of other ones, that have the API alone, it "
        "says\nwhat the API tells.\n\n"
        "examples:\n"
        "  batchcompute explain last\n"
        "  batchcompute explain last split\n"
        "  batchcompute explain last failed\n"
        "  batchcompute explain --cluster pool"
    )
    parser.add_argument("target", nargs="*", metavar="JOB [TASK] [INSTANCES]", help=TARGET_HELP)
    parser.add_argument("--cluster", default="", metavar="CLUSTER", help="a cluster instead")
    parser.add_argument(
        "-o", dest="format", choices=("text", "json"), default="text", help="default: text"
    )
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    if options.target and options.cluster:
        raise UsageError("name a job, or a cluster with --cluster, not both")
    client = session.client
    found = list(
        [(options.cluster, _of_cluster(session, find_cluster(client, options.cluster)))]
        if options.cluster
        else _of_target(session, find_target(client, options.target))
    )
    if options.format == "json":
        content = [{"About": about, **plain(each)} for about, each in found]
        session.screen.write(json_text(content))
        return exit_codes.OK
    for about, each in found:
        label = f"{harmless(about)}: " if len(found) > 1 else ""
        session.screen.write(f"{label}{harmless(str(each['Reason']))}{_since(each)}")
    return exit_codes.OK


def _since(explanation: Mapping[str, Any]) -> str:
    since = explanation.get("Since")
    if not isinstance(since, datetime) or explanation["State"] not in ("Waiting", "Running"):
        return ""
    seconds = (datetime.now(UTC) - since.astimezone(UTC)).total_seconds()
    return f" (for {duration(seconds)})" if seconds >= _LONG else ""


def _of_target(session: Session, target: Target) -> Iterator[tuple[str, Mapping[str, Any]]]:
    client = session.client
    if not target.instances.ranges and not target.instances.states:
        if target.task is None:
            yield target.job, _either(session, lambda: client.explain_job(target.job), target)
            return
        task = target.task
        yield task, _either(session, lambda: client.explain_task(target.job, task), target)
        return
    some = False
    for task, one in islice(select_instances(client, target), _MOST):
        some = True
        yield f"{task}/{one.InstanceId}", _of_instance(session, target.job, task, one)
    if not some:
        session.screen.say("no such instances")


def _of_instance(session: Session, job: str, task: str, instance: Any) -> Mapping[str, Any]:
    try:
        return _explained(session.client.explain_instance(job, task, instance.InstanceId))
    except ExtensionMissingError:
        return _plainly(str(instance.State), _sentence(instance))


def _of_cluster(session: Session, cluster: str) -> Mapping[str, Any]:
    try:
        return _explained(session.client.explain_cluster(cluster))
    except ExtensionMissingError:
        found = session.client.get_cluster(cluster)
        logs = list(found.OperationLogs or ())
        groups = ", ".join(
            f"{name} has {group.ActualVMCount} of {group.DesiredVMCount} VMs"
            for name, group in found.Groups.items()
        )
        last = f"; the last that happened: {logs[-1]}" if logs else ""
        return _plainly(str(found.State), f"It is {found.State}: {groups}{last}.")


def _either(session: Session, ask: Callable[[], Any], target: Target) -> Mapping[str, Any]:
    """Return what the service explains; or else what the API alone tells."""
    try:
        return _explained(ask())
    except ExtensionMissingError:
        session.screen.say("the service does not explain itself; this is what the API tells:")
    client = session.client
    if target.task is None:
        found: Any = client.get_job(target.job)
        text = found.Message or ""
    else:
        found = client.get_task(target.job, target.task)
        text = ""
    words = f"It is {found.State}: {counts(found.InstanceMetrics)}."
    if found.InstanceMetrics.FailedCount:
        failed = Target(target.job, target.task, _FAILED)
        task, one = next(select_instances(client, failed), ("", None))
        if one is not None:
            words += f" {task}/{one.InstanceId}: {_sentence(one)}"
    return _plainly(str(found.State), f"{words} {text}".strip())


def _sentence(instance: Any) -> str:
    said = reason(instance)
    code = exit_code(instance)
    ended = f", exit code {code}" if code and code != "0" else ""
    retries = f", after {instance.RetryCount} retries" if instance.RetryCount else ""
    return f"It is {instance.State}{ended}{retries}{f': {said}' if said else '.'}"


def _explained(explanation: Any) -> Mapping[str, Any]:
    return {name: explanation[name] for name in explanation.keys()}  # noqa: SIM118


def _plainly(state: str, sentence: str) -> Mapping[str, Any]:
    return {"State": state, "Code": "", "Reason": sentence}
