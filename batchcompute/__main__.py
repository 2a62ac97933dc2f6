"""`python -m batchcompute`: the version, and a doctor for connections."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence

from batchcompute import __version__


def main(arguments: Sequence[str] | None = None, program: str = "python -m batchcompute") -> int:
    """Run a command.

    Args:
        arguments: The command line without the program's name; by default that of this process.
        program: What the program is called.

    Returns:
        The exit code: 0 if all is well, 1 if the doctor has found something wrong.

    Raises:
        SystemExit: The command line makes no sense (2), or help or `--version` was asked for (0).
    """
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    version = f"batchcompute {__version__}, Python {platform.python_version()}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("version", help="print the versions of the SDK and of Python")
    doctor = commands.add_parser("doctor", help="check endpoint, region, network, clock and key")
    doctor.add_argument(
        "region", nargs="?", default="", help="region, host or URL; by default the environment's"
    )
    doctor.add_argument(
        "--timeout", type=float, default=10.0, metavar="SECONDS", help="default: 10"
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "version":
        sys.stdout.write(f"{version}\n")
        return 0
    if not chosen.timeout > 0:
        parser.error("the timeout must be more than 0 seconds")
    return _doctor(chosen.region, chosen.timeout)


def _doctor(region: str, timeout: float) -> int:
    from batchcompute.doctor import OLD_PROGRAMS, examine

    sys.stdout.write(f"{OLD_PROGRAMS}\n")
    findings = examine(region, timeout)
    for finding in findings:
        mark = {True: "ok", False: "WRONG", None: "?"}[finding.ok]
        sys.stdout.write(f"{mark:<6}{finding.name:<12} {finding.text}\n")
    wrong = [finding.name for finding in findings if finding.ok is False]
    if wrong:
        sys.stdout.write(f"\nFirst deal with: {wrong[0]}.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
