"""The command line of an agent, read without loading the service: others wait for agents."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_agent_options(agent: argparse.ArgumentParser) -> None:
    """Add the options of `agent` to its parser."""
    agent.add_argument(
        "--join",
        required=True,
        metavar="URL",
        help="https://HOST:PORT of the service's agents; URL,URL if several servers take turns",
    )
    agent.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="token of a pool, as the service keeps it in agents/default.token of its data folder "
        "(default: $BATCHCOMPUTE_AGENT_TOKEN)",
    )
    agent.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="certificates to trust, as in agents/ca.pem (default: $BATCHCOMPUTE_AGENT_CA, else "
        "those of the system)",
    )
    agent.add_argument(
        "--data-dir",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="a folder of its own, on a local file system, kept over its restarts",
    )
    agent.add_argument("--vm", default="", metavar="ID", help="the VM that it is started for")
    agent.add_argument(
        "--objects",
        default="",
        metavar="URL",
        help="where it finds the objects, as that of serve; 'service' asks the service for them "
        "(default: where the service does, if that can be seen here, else 'service')",
    )
    agent.add_argument(
        "--input-cache",
        type=mebibytes,
        metavar="MIB",
        help="how much it keeps of inputs that were fetched, for other programs; 0 for nothing "
        "(default: a tenth of the disk)",
    )
    agent.add_argument(
        "--input-cache-folder",
        type=Path,
        metavar="FOLDER",
        help="where it keeps them, on a local file system; agents of one user share it if it is "
        "the same (default: input-cache in --data-dir, or in --private if that is around it)",
    )
    agent.add_argument(
        "--isolation",
        choices=("auto", "namespace", "process-group"),
        default="auto",
        help="how programs are kept apart (default: %(default)s)",
    )
    agent.add_argument(
        "--private",
        type=Path,
        metavar="FOLDER",
        help="a folder that programs do not see where they are kept apart (default: --data-dir)",
    )
    agent.add_argument(
        "--walltime",
        type=seconds,
        metavar="SECONDS",
        help="how long its machine is there; it leaves in time",
    )


def mebibytes(text: str) -> int:
    """Read a number of mebibytes.

    Raises:
        ArgumentTypeError: It is none, or below 0.
    """
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("it is a number of MiB from 0 on")
    return int(text)


def seconds(text: str) -> float:
    """Read a number of seconds.

    Raises:
        ArgumentTypeError: It is none, or below 0.
    """
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise argparse.ArgumentTypeError("must be a number of seconds, 0 or more")
    return found
