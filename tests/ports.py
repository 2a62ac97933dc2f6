"""Ports for servers that have to be told one before they start."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _HIGHEST = 10_000, 65_535


def free_port() -> int:
    """Return a port of 127.0.0.1 that stays free until somebody takes it on purpose.

    The system gives ports of another range to whoever asks for any, and to every connection, so
    that those it finds free may be taken a moment later.
    """
    first, last = map(int, _RANGE.read_text().split())
    found = [*range(_LOWEST, first), *range(last + 1, _HIGHEST + 1)] or [0]
    chance = random.SystemRandom()
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", chance.choice(found)))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            return port
