"""`batchcompute console`: the service in a browser."""

from __future__ import annotations

import argparse
import os
from urllib.parse import quote

from batchcompute.cli import exit_codes
from batchcompute.cli.failures import CommandError, UsageError
from batchcompute.cli.selection import find_cluster, find_target
from batchcompute.cli.session import Session, add_connection

#: Shells without a screen of their own, where a browser would open nowhere or in the terminal.
_REMOTE = ("SSH_CONNECTION", "SSH_TTY")


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "The service has a console if it was started with `batchcompute serve --console`. The link "
        "is good\nonce, and for ten minutes.\n\n"
        "examples:\n"
        "  batchcompute console\n"
        "  batchcompute console last\n"
        "  batchcompute console last/split/3 --no-browser"
    )
    parser.add_argument(
        "target", nargs="*", metavar="JOB [TASK] [INSTANCE]", help="what to look at there"
    )
    parser.add_argument("--cluster", default="", metavar="CLUSTER", help="a cluster instead")
    parser.add_argument(
        "--no-browser", action="store_true", help="print the link instead of opening it"
    )
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    view = _view(options, session)
    link = str(session.client.create_console_link().Url)
    if not link.startswith(("http://", "https://")):
        raise CommandError("the service answered with something that is not a link")
    if view:
        link += f"&to={quote(view, safe='')}"
    if not options.no_browser and session.screen.is_terminal and _opened(link):
        session.screen.say("opened in your browser")
    else:
        session.screen.write(link)
    return exit_codes.OK


def _view(options: argparse.Namespace, session: Session) -> str:
    """Return the path of what is to be looked at; "" for the first page."""
    if options.target and options.cluster:
        raise UsageError("name a job, or a cluster with --cluster, not both")
    if options.cluster:
        return f"/clusters/{quote(find_cluster(session.client, options.cluster))}"
    if not options.target:
        return ""
    target = find_target(session.client, options.target)
    path = f"/jobs/{quote(target.job)}"
    if target.task is not None:
        path += f"/tasks/{quote(target.task)}"
        single = target.instances.single
        if single is not None:
            path += f"/instances/{single}"
    return path


def _opened(link: str) -> bool:
    if any(os.environ.get(name) for name in _REMOTE):
        return False
    import webbrowser

    try:
        return webbrowser.open(link)
    except webbrowser.Error:
        return False
