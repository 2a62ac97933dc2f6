"""`batchcompute tasks`: a list of the tasks of a job."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from batchcompute.cli import exit_codes
from batchcompute.cli.arguments import add_state
from batchcompute.cli.commands.jobs import done
from batchcompute.cli.selection import find_job
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import Column, add_format, show
from batchcompute.cli.times import ago, elapsed, local


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = "examples:\n  batchcompute tasks last\n  batchcompute tasks last --state failed"
    parser.add_argument("job", nargs="?", default="last", metavar="JOB", help="default: last")
    add_state(parser)
    add_format(parser, of="task")
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    job = find_job(session.client, options.job)
    found = session.client.list_tasks(job, "", 100, options.state).all()
    show(
        session.screen,
        options.format,
        found,
        columns(datetime.now(UTC)),
        lambda task: str(task.TaskName),
        none="no such tasks",
    )
    return exit_codes.OK


def columns(now: datetime) -> list[Column[Any]]:
    """Return the columns of a table of tasks.

    Args:
        now: The present.
    """
    return [
        Column("TASK", lambda task: task.TaskName, flexible=True),
        Column("STATE", lambda task: task.State, is_state=True),
        Column("DONE", lambda task: done(task.InstanceMetrics), right=True),
        Column("FAILED", lambda task: task.InstanceMetrics.FailedCount or "", right=True, drop=1),
        Column("STARTED", lambda task: ago(task.started_at, now), drop=3),
        Column("TOOK", lambda task: elapsed(task.started_at, task.ended_at, now), drop=2),
        Column("STARTED AT", lambda task: local(task.started_at), wide=True),
        Column("ENDED AT", lambda task: local(task.ended_at), wide=True),
    ]
