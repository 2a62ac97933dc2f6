"""People who share a service in tests: each with a key of their own, made by the command `keys`."""

from __future__ import annotations

import io
import shlex
import ssl
from contextlib import redirect_stdout
from pathlib import Path

from batchcompute.server.commands.main import run
from tests.emulator.wire import Wire


def keys(data: Path, *arguments: str) -> str:
    """Run `keys …` on a data folder; return what it prints for programs."""
    with redirect_stdout(io.StringIO()) as printed:
        assert run(["keys", *arguments, "--data", str(data)]) == 0
    return printed.getvalue()


def add_key(data: Path, name: str, *arguments: str) -> tuple[str, str]:
    """Make a key; return its id and its secret."""
    return key_in(keys(data, "add", name, *arguments))


def key_in(printed: str) -> tuple[str, str]:
    """Return the key that a command has printed."""
    variables = dict(
        word.partition("=")[::2] for word in shlex.split(printed.replace("export ", ""))
    )
    return variables["ALIBABA_CLOUD_ACCESS_KEY_ID"], variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]


def wire_of(
    endpoint: str, data: Path, name: str, *arguments: str, trusted: ssl.SSLContext | None = None
) -> Wire:
    """Make a key, and return what sends requests with it."""
    return Wire(endpoint, *add_key(data, name, *arguments), trusted=trusted)
