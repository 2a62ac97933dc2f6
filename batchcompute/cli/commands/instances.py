"""`batchcompute instances`: a list of instances."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from batchcompute.cli import attempts, exit_codes
from batchcompute.cli.selection import Target, find_target, select_instances
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import Column, add_format, plain, show
from batchcompute.cli.times import ago, elapsed, local


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "examples:\n"
        "  batchcompute instances last\n"
        "  batchcompute instances last failed\n"
        "  batchcompute instances last split 0-99,150:2\n"
        "  batchcompute instances last/split/running -o wide\n"
        "  batchcompute instances last failed --attempts"
    )
    add_target(parser)
    parser.add_argument(
        "--attempts",
        action="store_true",
        help="a line for each attempt, the earlier ones included: an extension of this project's "
        "service",
    )
    add_format(parser, of="JOB/TASK/INSTANCE")
    add_connection(parser)


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which instances are meant.

    Args:
        parser: The parser.
    """
    parser.add_argument("target", nargs="*", metavar="JOB [TASK] [INSTANCES]", help=TARGET_HELP)


#: The forms of `JOB [TASK] [INSTANCES]`.
TARGET_HELP = (
    "an id or `last`, the default; a task; instances such as 7, 0-99, 100-, 0-99:2, 150:2 or "
    "failed, with commas between them. Slashes may stand for the blanks: last/split/0-9"
)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    target = find_target(session.client, options.target)
    now = datetime.now(UTC)
    found = select_instances(session.client, target)
    if options.attempts:
        return _show_attempts(options, session, target, found)
    if options.format in ("json", "jsonl"):
        show(
            session.screen,
            options.format,
            ({"JobId": target.job, "TaskName": task, **plain(one)} for task, one in found),
            [],
            lambda _: "",
            none="",
        )
        return exit_codes.OK
    show(
        session.screen,
        options.format,
        found,
        columns(now),
        lambda row: f"{target.job}/{row[0]}/{row[1].InstanceId}",
        none="no such instances",
    )
    return exit_codes.OK


def _show_attempts(
    options: argparse.Namespace,
    session: Session,
    target: Target,
    found: Iterable[tuple[str, Any]],
) -> int:
    tried = (
        row
        for task, one in found
        for row in attempts.attempts_of(session.client, target.job, task, int(one.InstanceId))
    )
    if options.format in ("json", "jsonl"):
        rows = (
            {
                "JobId": target.job,
                "TaskName": row.task,
                "InstanceId": row.instance,
                **plain(row.attempt),
            }
            for row in tried
        )
        show(session.screen, options.format, rows, [], lambda _: "", none="")
        return exit_codes.OK
    show(
        session.screen,
        options.format,
        tried,
        attempts.columns(datetime.now(UTC)),
        lambda row: f"{target.job}/{row.task}/{row.instance}/{row.attempt.Number}",
        none="none of these instances was tried",
    )
    return exit_codes.OK


def columns(now: datetime) -> list[Column[tuple[str, Any]]]:
    """Return the columns of a table of instances.

    Args:
        now: The present.
    """
    return [
        Column("TASK", lambda row: row[0]),
        Column("INSTANCE", lambda row: row[1].InstanceId, right=True),
        Column("STATE", lambda row: row[1].State, is_state=True),
        Column("EXIT", lambda row: exit_code(row[1]), right=True),
        Column("RETRIES", lambda row: row[1].RetryCount or "", right=True, drop=2),
        Column("STARTED", lambda row: ago(row[1].started_at, now), drop=4),
        Column("TOOK", lambda row: elapsed(row[1].started_at, row[1].ended_at, now), drop=3),
        Column("REASON", lambda row: reason(row[1]), flexible=True, drop=1),
        Column("STARTED AT", lambda row: local(row[1].started_at), wide=True),
        Column("ENDED AT", lambda row: local(row[1].ended_at), wide=True),
        Column("NODE", lambda row: row[1].NodeIp, wide=True),
        Column("STDOUT", lambda row: row[1].StdoutRedirectPath, wide=True),
        Column("STDERR", lambda row: row[1].StderrRedirectPath, wide=True),
    ]


def exit_code(instance: Any) -> str:
    """Return the exit code of an instance's program; "" while there is none.

    Args:
        instance: The instance.
    """
    if instance.State not in ("Finished", "Failed"):
        return ""
    return str(instance.Result.ExitCode or 0)


def reason(instance: Any) -> str:
    """Return why an instance is not well; "" if nothing is known.

    Args:
        instance: The instance.
    """
    result = instance.Result
    return " ".join(str(result.ErrorMessage or result.ErrorCode or result.Detail or "").split())
