"""`batchcompute logs`: what instances have printed, and what they print while they run."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from batchcompute._logs.outputs import Output, address_of
from batchcompute._logs.selection import Instances
from batchcompute.cli import exit_codes
from batchcompute.cli.arguments import whole_number
from batchcompute.cli.commands.instances import add_target
from batchcompute.cli.failures import CommandError, UsageError
from batchcompute.cli.following import LogPrinter
from batchcompute.cli.outputs import STREAMS, Printer
from batchcompute.cli.selection import Target, find_target, select_instances
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.text import count

#: Lines of what is there that a follower sees first.
_FIRST_LINES = 10


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "Of one instance, a pipe gets the bytes as they were printed. Of several, each line begins "
        "with\nTASK/INSTANCE.\n\n"
        "examples:\n"
        "  batchcompute logs last\n"
        "  batchcompute logs last --failed --tail 20\n"
        "  batchcompute logs -f last split 3\n"
        "  batchcompute logs last/split/3 --stream stderr > split-3.err"
    )
    add_target(parser)
    parser.add_argument(
        "-f",
        "--follow",
        action="store_true",
        help="wait for instances to start, and print what they print until they have ended",
    )
    parser.add_argument("--failed", action="store_true", help="only of instances that failed")
    parser.add_argument(
        "--stream",
        choices=(*STREAMS, "both"),
        default="both",
        help="default: both, one behind the other; followed, as they come",
    )
    parser.add_argument(
        "-n",
        "--tail",
        type=whole_number(0),
        metavar="N",
        help=f"only the last N lines (default: all; {_FIRST_LINES} with -f)",
    )
    parser.add_argument("--no-labels", action="store_true", help="never TASK/INSTANCE before lines")
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    target = find_target(session.client, options.target)
    if options.failed:
        if target.instances.states:
            raise UsageError("--failed, and a state in the selection, are two selections")
        failed = Instances(target.instances.ranges, ("Failed",))
        target = Target(target.job, target.task, failed)
    streams = STREAMS if options.stream == "both" else (options.stream,)
    if options.follow:
        lines = _FIRST_LINES if options.tail is None else options.tail
        session.interrupted = f"interrupted; {target.job} goes on"
        label = labels(target, never=options.no_labels)
        follower = LogPrinter(session, target, streams, lines, label)
        follower.run()
        if not follower.printed:
            by = f" by failed instances of {target.job}" if options.failed else ""
            session.screen.say(f"nothing was printed{by}")
        return exit_codes.OK
    return _print(options, session, target, streams)


def labels(target: Target, *, never: bool = False) -> Callable[[str, int], str]:
    """Return what makes the beginnings of lines.

    Args:
        target: Which instances are printed.
        never: There are no such beginnings.
    """
    if never or (target.task is not None and target.instances.single is not None):
        return lambda _task, _number: ""
    return lambda task, number: f"{task}/{number}: "


def _print(
    options: argparse.Namespace, session: Session, target: Target, streams: tuple[str, ...]
) -> int:
    kept = printed = goes_on = False
    retried = 0
    found = select_instances(session.client, target)
    # Whether one or several are meant is known only when the second comes.
    chosen = [next(found, None), next(found, None)]
    if chosen[0] is None:
        which = "failed instances" if options.failed else "such instances"
        raise CommandError(f"{target.job} has no {which}", exit_codes.NOT_FOUND)
    alone = chosen[1] is None or options.no_labels
    for pair in (*chosen, *found) if chosen[1] is not None else chosen[:1]:
        assert pair is not None
        task, instance = pair
        goes_on |= instance.State in ("Waiting", "Running")
        retried += bool(instance.RetryCount)
        for stream in streams:
            address = address_of(instance, stream)
            if not address:
                continue
            kept = True
            label = "" if alone else f"{task}/{instance.InstanceId}: "
            output, printer = Output(session.objects, address), Printer(session.screen, label)
            if options.tail is not None:
                output.skip_to_last(options.tail)
            for piece in output.new():
                printer.write(piece)
                printed = True
            printer.close()
    if not kept:
        raise CommandError(
            f"{target.job} keeps no output: its tasks name no StdoutRedirectPath",
            exit_codes.NOT_FOUND,
        )
    if not printed:
        session.screen.say("nothing has been printed so far" if goes_on else "nothing was printed")
    if retried:
        which = f"{count(retried, 'instance')} {'was' if retried == 1 else 'were'} retried"
        session.screen.say(f"{which}; only the output of the newest attempt is kept")
    return exit_codes.OK
