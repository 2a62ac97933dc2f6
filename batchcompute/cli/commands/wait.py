"""`batchcompute wait`: until jobs have ended."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from batchcompute.cli import exit_codes
from batchcompute.cli.arguments import seconds
from batchcompute.cli.selection import find_jobs
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.text import count
from batchcompute.cli.times import elapsed


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "The exit code is that of the worst end: 0 finished, 3 failed, 4 stopped.\n\n"
        "examples:\n"
        "  batchcompute wait last --timeout 3600\n"
        "  batchcompute wait last:3 && echo all have finished"
    )
    parser.add_argument(
        "jobs", nargs="*", metavar="JOB", help="an id, `last` (default), or `last:3`"
    )
    add_timeout(parser)
    add_connection(parser)


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """Add the options of a wait.

    Args:
        parser: The parser.
    """
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="give up waiting then, with exit code 124; the jobs go on",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing while waiting")


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    jobs = find_jobs(session.client, options.jobs or ["last"])
    return wait_for(session, jobs, options.timeout, quiet=options.quiet)


def wait_for(session: Session, jobs: Sequence[str], timeout: float | None, *, quiet: bool) -> int:
    """Wait until jobs have ended, and say how.

    Args:
        session: What the command works with.
        jobs: Ids.
        timeout: Seconds; None waits for as long as it takes.
        quiet: Say nothing meanwhile.

    Returns:
        The exit code of the worst end.
    """
    session.interrupted = goes_on(jobs)
    ended = session.client.wait_jobs(
        list(jobs), timeout=timeout, progress=not quiet and session.screen.has_live_errors
    )
    for job in ended:
        say_end(session, job)
    return exit_codes.of_states(str(job.State) for job in ended)


def say_end(session: Session, job: Any) -> None:
    """Say how a job has ended.

    Args:
        session: What the command works with.
        job: The job.
    """
    took = elapsed(job.started_at, job.ended_at, job.ended_at) if job.ended_at else ""
    text = f"{job.Id} {str(job.State).lower()}{f' after {took}' if took else ''}"
    failed = job.InstanceMetrics.FailedCount or 0
    if job.Message:
        text += f": {job.Message}"
    elif failed:
        text += f"; {count(failed, 'instance')} failed"
    if failed:
        text += f"\nwhat failed: batchcompute show {job.Id}"
    for line in text.splitlines():
        session.screen.say(line)


def goes_on(jobs: Sequence[str]) -> str:
    """Return what to say when a wait for jobs is interrupted.

    Args:
        jobs: Ids.
    """
    if len(jobs) == 1:
        return f"interrupted; {jobs[0]} goes on: batchcompute wait {jobs[0]}"
    return f"interrupted; the {len(jobs)} jobs go on"
