"""`batchcompute doctor` and `version`."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchcompute import __version__
from batchcompute.cli import exit_codes
from batchcompute.cli.arguments import seconds
from batchcompute.cli.failures import CommandError
from batchcompute.cli.place import find_place
from batchcompute.cli.session import Session, add_connection

if TYPE_CHECKING:
    from batchcompute.doctor import Finding


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    if name == "version":
        return
    parser.epilog = "examples:\n  batchcompute doctor\n  batchcompute doctor cn-shenzhen"
    parser.add_argument("region", nargs="?", default="", help="region, host or URL to look at")
    parser.add_argument(
        "--timeout", type=seconds, default=10.0, metavar="SECONDS", help="default: 10"
    )
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    if options.command == "version":
        session.screen.write(f"batchcompute {__version__}, Python {platform.python_version()}")
        return exit_codes.OK
    from batchcompute.doctor import OLD_PROGRAMS, Finding, examine

    region, environ = options.region or options.endpoint, dict(os.environ)
    try:
        place = find_place(region, options.data)
    except CommandError as error:
        if options.data:
            # Where else a service may be is not what was asked.
            return _show(session, [Finding("service", False, str(error))])
        session.screen.say(str(error))
    else:
        region, environ = place.region, dict(place.environment)
        # A region is redirected for programs; an option of this command never is.
        if options.endpoint or "BATCHCOMPUTE_ENDPOINT" not in os.environ:
            environ.pop("BATCHCOMPUTE_ENDPOINT", None)
    session.screen.write(f"{OLD_PROGRAMS}")
    return _show(session, examine(region, options.timeout, environ))


def _show(session: Session, findings: Sequence[Finding]) -> int:
    """Show what was found, and return the exit code."""
    for finding in findings:
        mark = {True: "ok", False: "WRONG", None: "?"}[finding.ok]
        session.screen.write(f"{mark:<6}{finding.name:<12} {finding.text}")
    wrong = [finding.name for finding in findings if finding.ok is False]
    if wrong:
        session.screen.write(f"\nFirst deal with: {wrong[0]}.")
    return exit_codes.ERROR if wrong else exit_codes.OK
