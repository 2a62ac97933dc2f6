"""`batchcompute submit`: a description, or a command to run."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

from batchcompute._logs.selection import Instances
from batchcompute.cli import describing, exit_codes
from batchcompute.cli.arguments import whole_number
from batchcompute.cli.commands.logs import labels
from batchcompute.cli.commands.wait import add_timeout, goes_on, say_end, wait_for
from batchcompute.cli.failures import UsageError
from batchcompute.cli.following import LogPrinter
from batchcompute.cli.outputs import STREAMS
from batchcompute.cli.selection import Target, find_jobs
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import json_text

#: Words after `--` are a program and its arguments.
TAKES_PROGRAM = True
#: Options that describe what a file describes itself, and what they are without being given.
_OF_PROGRAMS: Mapping[str, Any] = {
    "instances": 1,
    "image": "",
    "type": "",
    "cluster": "",
    "container": "",
    "package": None,
    "input": [],
    "output": [],
    "env": [],
    "logs": "",
    "retries": 0,
    "time_limit": None,
    "keep_going": False,
}


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.usage = (
        "batchcompute submit [OPTIONS] FILE\n       batchcompute submit [OPTIONS] -- COMMAND"
    )
    parser.epilog = (
        "A COMMAND of one word is a line for the shell; one of several is run as it is. Each "
        "instance has\nits number in $BATCH_COMPUTE_DAG_INSTANCE_ID. The id of the job is printed "
        "at once.\n\n"
        "examples:\n"
        "  batchcompute submit --wait -n 2 -- echo hello\n"
        "  batchcompute submit --follow --package . -- python train.py\n"
        "  batchcompute submit -n 100 --input words/=/in/ --output /out/=oss://bucket/out/ -- \\\n"
        "      'sh /in/count.sh $BATCH_COMPUTE_DAG_INSTANCE_ID'\n"
        "  batchcompute submit job.yaml --priority 10"
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="JSON or YAML; - is the input")
    # Said here, as argparse would only complain of arguments that it does not know.
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    _add_program(parser.add_argument_group("what runs, for a COMMAND"))
    _add_place(parser.add_argument_group("where it runs, for a COMMAND"))
    _add_job(parser.add_argument_group("the job"))
    _add_end(parser.add_argument_group("and then"))
    add_timeout(parser)
    add_connection(parser)


def _add_program(what: Any) -> None:
    """Add what describes the program."""
    what.add_argument(
        "-n",
        "--instances",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="how many (default: 1)",
    )
    what.add_argument(
        "--package", metavar="DIR", help="folder or file that a program finds where it starts"
    )
    what.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="FROM=PATH",
        help="an oss:// address, or a local file or folder, which is uploaded; may be repeated",
    )
    what.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="PATH=oss://…",
        help="what is uploaded at the end; a slash at both ends for a folder; may be repeated",
    )
    what.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="without a value, that of this shell; may be repeated",
    )
    what.add_argument(
        "--logs", default="", metavar="oss://…/", help="where stdout and stderr are kept"
    )
    what.add_argument(
        "--retries",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="how often a failed one is retried",
    )
    what.add_argument(
        "--time-limit", type=whole_number(1), metavar="SECONDS", help="of each instance (a day)"
    )
    what.add_argument(
        "--keep-going", action="store_true", help="a failed instance does not stop the others"
    )


def _add_place(where: Any) -> None:
    """Add where it runs."""
    where.add_argument("--cluster", default="", metavar="ID", help="default: one for this job")
    where.add_argument("--image", default="", metavar="ID", help="VM image (default: img-ubuntu)")
    where.add_argument("--type", default="", metavar="TYPE", help="instance type")
    where.add_argument("--container", default="", metavar="IMAGE", help="container image")


def _add_job(job: Any) -> None:
    """Add what is said of the job, also one from a file."""
    job.add_argument("--name", default="", help="default: that of the program, or of the FILE")
    job.add_argument("--priority", type=whole_number(0, 1000), metavar="0..1000", help="default: 0")
    job.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="JOB",
        help="wait here until this job has finished, and submit then; may be repeated",
    )
    job.add_argument("--token", default="", help="submit once, however often this is repeated")
    job.add_argument("--dry-run", action="store_true", help="print the description, send nothing")


def _add_end(then: Any) -> None:
    """Add what is done once it is submitted."""
    then.add_argument(
        "-w", "--wait", action="store_true", help="wait for the end; its exit code says which"
    )
    then.add_argument(
        "-f", "--follow", action="store_true", help="wait, and print what instances print"
    )


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    if options.after and not options.dry_run:
        code = _after(options, session)
        if code != exit_codes.OK:
            return code
    description = _description(options, session)
    if options.dry_run:
        session.screen.write(json_text(description))
        return exit_codes.OK
    text = json.dumps(description, ensure_ascii=False, separators=(",", ":"))
    made = session.client.create_job(text, options.token or "")
    job = str(made.Id)
    session.screen.write(job) if not options.follow else session.screen.say(job)
    session.screen.flush()
    if options.follow:
        return _follow(options, session, job)
    if options.wait:
        return wait_for(session, [job], options.timeout, quiet=options.quiet)
    if session.screen.is_terminal:
        session.screen.say(f"look at it: batchcompute show {job}")
    return exit_codes.OK


def _description(options: argparse.Namespace, session: Session) -> Mapping[str, Any]:
    if options.rest or _is_program(options):
        words = shlex.join([options.file, *options.rest])
        raise UsageError(f"put -- before a COMMAND: batchcompute submit -- {words}")
    if (options.file is None) == (not options.program):
        raise UsageError("give either a FILE with a description, or -- and a COMMAND")
    if options.program:
        return describing.describe(options, options.program, session)
    for name, default in _OF_PROGRAMS.items():
        if getattr(options, name) != default:
            option = name.replace("_", "-")
            raise UsageError(f"--{option} is for a COMMAND; a FILE says it itself")
    return describing.change(describing.read(options.file), options)


def _is_program(options: argparse.Namespace) -> bool:
    """Return whether a word that should be a FILE is the name of a program instead."""
    if options.file in (None, "-") or Path(options.file).exists():
        return False
    return which(options.file) is not None


def _after(options: argparse.Namespace, session: Session) -> int:
    jobs = find_jobs(session.client, options.after)
    session.interrupted = "interrupted; nothing was submitted"
    if not options.quiet:
        session.screen.say(f"waiting for {', '.join(jobs)}")
    ended = session.client.wait_jobs(jobs, timeout=options.timeout)
    for job in ended:
        if job.State != "Finished":
            say_end(session, job)
            session.screen.say("nothing was submitted")
    return exit_codes.of_states(str(job.State) for job in ended)


def _follow(options: argparse.Namespace, session: Session, job: str) -> int:
    session.interrupted = goes_on([job])
    task = describing.TASK if options.program and options.instances == 1 else None
    target = Target(job, task, Instances(((0, 0, 1),)) if task else Instances())
    LogPrinter(session, target, STREAMS, None, labels(target)).run(options.timeout)
    return wait_for(session, [job], None, quiet=True)
