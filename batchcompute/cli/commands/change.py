"""`batchcompute stop`, `start`, `rm` and `priority`: changes of jobs, of one or of many."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from batchcompute.cli import exit_codes
from batchcompute.cli.arguments import whole_number
from batchcompute.cli.commands.jobs import add_filters, matching
from batchcompute.cli.failures import UsageError, exit_code_of, sentence_of
from batchcompute.cli.selection import find_jobs
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.text import count
from batchcompute.exceptions import ClientError

_DONE = {"stop": "stopped", "start": "started", "rm": "deleted", "priority": "changed"}


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    example = "50 " if name == "priority" else ""
    parser.epilog = (
        "examples:\n"
        f"  batchcompute {name} {example}last\n"
        f"  batchcompute {name} {example}--all --state failed --name 'train-*' --yes"
    )
    if name == "priority":
        parser.add_argument(
            "priority", type=whole_number(0, 1000), metavar="PRIORITY", help="0 to 1000"
        )
    parser.add_argument("jobs", nargs="*", metavar="JOB", help="an id, `last`, or `last:3`")
    parser.add_argument("--all", action="store_true", help="all jobs that the filters select")
    add_filters(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before --all")
    if name == "rm":
        parser.add_argument(
            "-f", "--force", action="store_true", help="stop jobs that have not ended, first"
        )
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    jobs = _chosen(options, session)
    change = _change(options, session)
    code = exit_codes.OK
    for job in jobs:
        try:
            change(job)
        except ClientError as error:
            session.screen.say(f"error: {job}: {sentence_of(error)}")
            code = code or exit_code_of(error)
        else:
            session.screen.say(f"{job} {_DONE[options.command]}")
    return code


def _change(options: argparse.Namespace, session: Session) -> Callable[[str], Any]:
    client = session.client
    if options.command == "stop":
        return client.stop_job
    if options.command == "start":
        return client.start_job
    if options.command == "priority":
        return lambda job: client.change_job_priority(job, options.priority)
    if options.force:
        return lambda job: _delete(session, job)
    return client.delete_job


def _delete(session: Session, job: str) -> None:
    """Stop a job if it has not ended, and delete it."""
    client = session.client
    if client.get_job(job).State in ("Waiting", "Running"):
        client.stop_job(job)
        client.wait_job(job)
    client.delete_job(job)


def _chosen(options: argparse.Namespace, session: Session) -> list[str]:
    filtered = options.state or options.name or options.cluster
    if bool(options.jobs) == bool(options.all) or (filtered and not options.all):
        raise UsageError(
            f"name jobs, or give --all with filters; see batchcompute {options.command} --help"
        )
    if options.jobs:
        return find_jobs(session.client, options.jobs)
    jobs = [str(job.Id) for job in matching(options, session)]
    if not jobs:
        session.screen.say("none match")
        return []
    if not options.yes and not _agreed(options.command, len(jobs), session):
        session.screen.say("nothing was done")
        return []
    return jobs


def _agreed(command: str, number: int, session: Session) -> bool:
    jobs = count(number, "job")
    if not sys.stdin.isatty():
        raise UsageError(f"--all selects {jobs}; add --yes to go on without being asked")
    session.screen.say(f"{command} {jobs}? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
