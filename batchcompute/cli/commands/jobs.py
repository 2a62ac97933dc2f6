"""`batchcompute jobs`: a list of jobs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from batchcompute.cli import exit_codes
from batchcompute.cli.arguments import add_state, whole_number
from batchcompute.cli.selection import STATES, all_jobs
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import Column, add_format, show
from batchcompute.cli.times import ago, elapsed, local


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "examples:\n"
        "  batchcompute jobs --state failed\n"
        "  batchcompute jobs --name 'train-*' -o wide\n"
        "  batchcompute jobs --all -o jsonl | jq .Message"
    )
    add_filters(parser)
    parser.add_argument(
        "-n", "--limit", type=whole_number(1), default=20, metavar="N", help="at most (default: 20)"
    )
    parser.add_argument("--all", action="store_true", help="all of them, however many")
    add_format(parser, of="job")
    add_connection(parser)


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the options that select jobs.

    Args:
        parser: The parser.
    """
    add_state(parser)
    parser.add_argument("--name", default="", metavar="PATTERN", help="such as 'train-*'")
    parser.add_argument("--cluster", default="", metavar="ID", help="only those on this cluster")


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    page = 100 if options.all or options.name else min(options.limit, 100)
    found = matching(options, session, page)
    if not options.all:
        found = islice(found, options.limit)
    now = datetime.now(UTC)
    show(
        session.screen,
        options.format,
        found,
        columns(now),
        lambda job: str(job.Id),
        none="no jobs" if not (options.state or options.name or options.cluster) else "none match",
    )
    return exit_codes.OK


def matching(options: argparse.Namespace, session: Session, page: int = 100) -> Iterator[Any]:
    """Yield the jobs that the filters select, the newest first.

    Args:
        options: The parsed command line.
        session: What it works with.
        page: Jobs to ask for at a time.
    """
    for job in all_jobs(session.client, state=options.state, cluster=options.cluster, page=page):
        if not options.name or fnmatchcase(job.Name, options.name):
            yield job


def columns(now: datetime) -> list[Column[Any]]:
    """Return the columns of a table of jobs.

    Args:
        now: The present.
    """
    return [
        Column("JOB", lambda job: job.Id),
        Column("NAME", lambda job: job.Name, flexible=True),
        Column("STATE", lambda job: job.State, is_state=True),
        Column("DONE", lambda job: done(job.InstanceMetrics), right=True, drop=1),
        Column("FAILED", lambda job: job.InstanceMetrics.FailedCount or "", right=True, drop=2),
        Column("CREATED", lambda job: ago(job.created_at, now), drop=3),
        Column(
            "TOOK", lambda job: elapsed(job.started_at, job.ended_at, now), flexible=True, drop=4
        ),
        Column("PRIORITY", lambda job: job.Priority, wide=True, right=True),
        Column("TASKS", lambda job: done(job.TaskMetrics), wide=True, right=True),
        Column("CREATED AT", lambda job: local(job.created_at), wide=True),
        Column("STARTED AT", lambda job: local(job.started_at), wide=True),
        Column("ENDED AT", lambda job: local(job.ended_at), wide=True),
        Column("MESSAGE", lambda job: job.Message, wide=True),
    ]


def done(metrics: Any) -> str:
    """Return how many of how many have finished, such as `3/10`.

    Args:
        metrics: Counts by state.
    """
    total = sum(int(getattr(metrics, f"{state}Count", 0) or 0) for state in STATES.values())
    return f"{metrics.FinishedCount or 0}/{total}"
