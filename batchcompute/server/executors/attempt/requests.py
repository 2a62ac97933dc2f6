"""Requests to a shim about its attempt: stop it, or give way.

A request is a small file, as the shim may be asked by an agent that was not there when it was made.
It is written before the shim is woken up, and holds for a shim that has not begun yet as well.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Literal

#: "stop" ends in a receipt that says so; "evict" ends without any.
Request = Literal["stop", "evict"]


class Requests:
    """The requests for all attempts of one machine, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder, which is made by whoever asks."""
        self._folder = str(folder)

    def ask(self, attempt_id: str, request: Request) -> None:
        """Leave a request. An eviction stands above a stop: it promises no result."""
        with open(f"{self._folder}/{attempt_id}.{request}", "wb"):
            pass

    def asked(self, attempt_id: str) -> Request | None:
        """Return what was asked for."""
        # Nothing is, of nearly all attempts, and `access` is the quickest to say so.
        if os.access(f"{self._folder}/{attempt_id}.evict", os.F_OK):
            return "evict"
        return "stop" if os.access(f"{self._folder}/{attempt_id}.stop", os.F_OK) else None

    def withdraw(self, attempt_id: str) -> None:
        """Remove what was asked of an attempt that is over."""
        for request in ("stop", "evict"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self._folder}/{attempt_id}.{request}")
