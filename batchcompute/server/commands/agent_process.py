"""The program of an agent on another machine."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from batchcompute._option_parser import OptionParser
from batchcompute.server.commands.agent_options import add_agent_options
from batchcompute.server.commands.printing import program
from batchcompute.server.executors.network.agent.agent import NetworkAgent
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.protocol import (
    CA_VARIABLE,
    TOKEN_VARIABLE,
    RefusedError,
)
from batchcompute.server.model.errors import StartError


def main(arguments: Sequence[str]) -> int:
    """Run an agent, as the command line says, and return the exit code."""
    parser = OptionParser(prog=f"{program()} agent")
    add_agent_options(parser)
    try:
        return run_agent(parser.parse_args(arguments))
    except StartError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201 (the command line)
        return 1


def run_agent(options: argparse.Namespace) -> int:
    """Run an agent until it is told to leave.

    Args:
        options: Of the command line.

    Returns:
        0 if it was told to leave, 1 if it cannot go on.

    Raises:
        StartError: It cannot begin, or is not let in.
    """
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    token = _read(options.token_file) or os.environ.pop(TOKEN_VARIABLE, "")
    if not token:
        raise StartError(f"an agent needs a token: --token-file FILE, or {TOKEN_VARIABLE}")
    if len(token.split()) != 1:
        # Its content is not shown, as it may be another secret.
        raise StartError(
            f"{options.token_file or TOKEN_VARIABLE} holds no token, which is one word"
        )
    # Nothing that is started from here is to find it.
    trusted = _read(options.ca)
    if options.ca is not None and not trusted.strip():
        raise StartError(f"{options.ca} is empty; copy agents/ca.pem of the service's data folder")
    trusted = trusted or os.environ.pop(CA_VARIABLE, "")
    for name in (TOKEN_VARIABLE, CA_VARIABLE):
        os.environ.pop(name, None)
    agent = NetworkAgent(
        AgentOptions(
            options.join,
            options.data_dir,
            token.strip(),
            trusted,
            options.vm,
            options.objects,
            options.private,
            options.isolation,
            options.walltime,
            options.input_cache_folder,
            None if options.input_cache is None else options.input_cache << 20,
            () if options.token_file is None else (options.token_file,),
        )
    )

    def go(_number: int, _frame: FrameType | None) -> None:
        agent.leave("it was told to go")

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, go)
    try:
        return agent.run()
    except RefusedError as error:
        raise StartError(f"the server does not let this agent in: {error}") from error
    except (ValueError, RuntimeError, OSError) as error:
        raise StartError(f"the agent cannot go on: {error}") from error


def _read(path: Path | None) -> str:
    if path is None:
        return ""
    with contextlib.suppress(UnicodeDecodeError):
        try:
            return path.read_text(encoding="ascii")
        except OSError as error:
            raise StartError(f"{path} cannot be read: {error.strerror}") from error
    raise StartError(f"{path} is not a text of ASCII letters")
