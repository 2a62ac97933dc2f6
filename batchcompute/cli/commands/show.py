"""`batchcompute show`: one job, task or instance."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from batchcompute._logs.selection import Instances
from batchcompute.cli import attempts, exit_codes
from batchcompute.cli.commands import instances as listing
from batchcompute.cli.commands.tasks import columns as task_columns
from batchcompute.cli.failures import UsageError
from batchcompute.cli.selection import Target, find_target, select_instances
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.showing import show_pairs
from batchcompute.cli.tables import json_text, table
from batchcompute.cli.text import harmless
from batchcompute.cli.times import ago, elapsed, local
from batchcompute.exceptions import ClientError

#: Failed instances and tasks that are named; `instances` lists the others.
_MOST: Final = 20


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "examples:\n"
        "  batchcompute show last\n"
        "  batchcompute show last split\n"
        "  batchcompute show last/split/3\n"
        "  batchcompute show last --description > job.json"
    )
    listing.add_target(parser)
    parser.add_argument(
        "-o", dest="format", choices=("text", "json"), default="text", help="default: text"
    )
    parser.add_argument(
        "--description",
        action="store_true",
        help="what was submitted, as JSON that `submit` takes",
    )
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    client = session.client
    target = find_target(client, options.target)
    single = target.instances.single
    if target.instances != Instances() and (single is None or target.task is None):
        raise UsageError("name one instance, as JOB/TASK/7; `batchcompute instances` lists many")
    if options.description:
        found: Any = client.get_job_description(target.job)
    elif target.task is None:
        found = client.get_job(target.job)
    elif single is None:
        found = client.get_task(target.job, target.task)
    else:
        found = client.get_instance(target.job, target.task, single)
    if options.format == "json" or options.description:
        session.screen.write(json_text(found))
    elif target.task is None:
        _show_job(session, found)
    elif single is None:
        _show_task(session, target, found)
    else:
        _show_instance(session, target, found)
    return exit_codes.OK


def _why(found: Any, explain: Callable[[], Any]) -> str:
    """Return why something is not finished, where the service explains it."""
    if found.State in ("Finished", "Stopped"):
        return ""
    try:
        return str(explain().Reason)
    except ClientError:
        return ""  # it is a word more, and no reason to show nothing


def _times(found: Any, now: datetime) -> list[tuple[str, Any]]:
    started, ended = found.started_at, found.ended_at
    return [
        ("Started", started and f"{local(started)} ({ago(started, now)})"),
        ("Ended", ended and f"{local(ended)} ({ago(ended, now)})"),
        ("Took", elapsed(started, ended, now)),
    ]


def _counts(metrics: Any) -> str:
    counted = [
        f"{number} {state.lower()}"
        for state in ("Finished", "Running", "Waiting", "Failed", "Stopped")
        if (number := getattr(metrics, f"{state}Count", 0))
    ]
    return ", ".join(counted)


def _show_job(session: Session, job: Any) -> None:
    now = datetime.now(UTC)
    created = job.created_at
    show_pairs(
        session.screen,
        [
            ("Job", job.Id),
            ("Name", job.Name),
            ("State", job.State),
            ("Message", job.Message),
            ("Why", _why(job, lambda: session.client.explain_job(job.Id))),
            ("Priority", job.Priority),
            ("Created", created and f"{local(created)} ({ago(created, now)})"),
            *_times(job, now),
            ("Tasks", _counts(job.TaskMetrics)),
            ("Instances", _counts(job.InstanceMetrics)),
        ],
    )
    page = session.client.list_tasks(job.Id, "", 100)
    tasks = list(islice(page.all(), _MOST + 1))
    session.screen.write("")
    for line in table(session.screen, tasks[:_MOST], task_columns(now)):
        session.screen.write(line)
    if len(tasks) > _MOST:
        session.screen.write(f"… and more: batchcompute tasks {job.Id}")
    if job.InstanceMetrics.FailedCount:
        _show_failed(session, Target(job.Id, None, Instances(states=("Failed",))))


def _show_task(session: Session, target: Target, task: Any) -> None:
    now = datetime.now(UTC)
    show_pairs(
        session.screen,
        [
            ("Job", target.job),
            ("Task", task.TaskName),
            ("State", task.State),
            ("Why", _why(task, lambda: session.client.explain_task(target.job, task.TaskName))),
            *_times(task, now),
            ("Instances", _counts(task.InstanceMetrics)),
        ],
    )
    if task.InstanceMetrics.FailedCount:
        _show_failed(session, Target(target.job, task.TaskName, Instances(states=("Failed",))))
    else:
        session.screen.write(
            f"\nIts instances: batchcompute instances {target.job} {harmless(task.TaskName)}"
        )


def _show_failed(session: Session, target: Target) -> None:
    failed = list(islice(select_instances(session.client, target), _MOST + 1))
    session.screen.write("\nFailed instances:")
    columns = listing.columns(datetime.now(UTC))
    for line in table(session.screen, failed[:_MOST], columns):
        session.screen.write(line)
    where = f"{target.job} failed" if target.task is None else f"{target.job} {target.task} failed"
    if len(failed) > _MOST:
        session.screen.write(f"… and more: batchcompute instances {harmless(where)}")
    session.screen.write(f"\nWhat they printed: batchcompute logs {harmless(where)}")


def _show_instance(session: Session, target: Target, instance: Any) -> None:
    now = datetime.now(UTC)
    which = target.job, target.task or "", int(instance.InstanceId)
    show_pairs(
        session.screen,
        [
            ("Job", target.job),
            ("Task", target.task),
            ("Instance", instance.InstanceId),
            ("State", instance.State),
            ("Exit code", listing.exit_code(instance)),
            ("Reason", listing.reason(instance)),
            ("Why", _why(instance, lambda: session.client.explain_instance(*which))),
            ("Retries", instance.RetryCount),
            *_times(instance, now),
            ("Node", instance.NodeIp),
            ("Stdout", instance.StdoutRedirectPath),
            ("Stderr", instance.StderrRedirectPath),
        ],
    )
    _show_attempts(session, which)


def _show_attempts(session: Session, which: tuple[str, str, int]) -> None:
    """Show how an instance was tried, if it was more than once and the service tells it."""
    try:
        found = list(attempts.attempts_of(session.client, *which))
    except ClientError:
        return  # it is a word more, and no reason to show nothing
    if len(found) < 2:
        return
    session.screen.write("\nAttempts:")
    columns = attempts.columns(datetime.now(UTC), of_one=True)
    for line in table(session.screen, found, columns):
        session.screen.write(line)
