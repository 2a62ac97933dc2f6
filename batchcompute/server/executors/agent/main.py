"""The process of an agent, from its start: `embedded` starts it, on a socket that it inherits.

The forker takes as long to load as the agent itself, so it is started before anything else is.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from batchcompute.server.executors.agent.forker_process import ForkerProcess
from batchcompute.server.executors.agent.frames import FrameSocket
from batchcompute.server.executors.attempt import limits

_logger = logging.getLogger("batchcompute.server.agent")


def main() -> None:
    """Run an agent; the arguments come from `embedded.agent_process`."""
    parser = argparse.ArgumentParser(prog="agent")
    parser.add_argument("--socket", type=int, required=True)
    # For those who look at processes; the server tells it again.
    parser.add_argument("--data-dir", type=Path, required=True)
    given = parser.parse_args()
    # Whoever ends a whole group of processes has its server end, and this with it. Handled and not
    # ignored, as what is ignored here would be ignored by all that is started from here.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _carry_on)
    os.set_inheritable(given.socket, False)
    connection = FrameSocket(socket.socket(fileno=given.socket))
    code = 1
    try:
        _serve(connection)
        code = 0
    except SystemExit:
        code = 0
    except Exception:
        logging.basicConfig(stream=sys.stderr)
        _logger.critical("the agent failed", exc_info=True)
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        # Not waiting for threads, which may hang with what they call.
        os._exit(code)


def _serve(connection: FrameSocket) -> None:
    told = _first(connection)["configure"]
    limits.raise_limit()
    forker = None
    # The agent may have to go to another cgroup first, where the forker is to be as well.
    if not told["caps"]:
        # If it cannot be started, the agent tries again, and says why.
        with contextlib.suppress(OSError):
            forker = ForkerProcess(told["data_dir"])
    from batchcompute.server.executors.agent.machine import serve
    from batchcompute.server.executors.agent.protocol import read_settings

    serve(connection, read_settings(told), forker)


def _first(connection: FrameSocket) -> dict[str, Any]:
    """Wait for the first frame."""
    while True:
        select.select([connection], [], [])
        frames = connection.receive()
        if frames is None:
            raise SystemExit(0)
        if frames:
            return frames[0]


def _carry_on(_number: int, _frame: object) -> None:
    """Do nothing about a signal."""


if __name__ == "__main__":
    main()
