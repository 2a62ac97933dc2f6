"""Cold imports, each in a fresh interpreter, against `import httpx`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from _measure import ROUNDS, table

PACKAGE = "import batchcompute"
FIRST_USE = """
from batchcompute import CN_SHENZHEN, Client
from batchcompute.resources import JobDescription
client = Client(CN_SHENZHEN, "id", "secret")
job = JobDescription()
"""


def seconds(code: str, compiled: str) -> float:
    """Return the processor time of the code in a fresh interpreter, its start not counted.

    Args:
        code: What is run.
        compiled: Folder for compiled files. An installed package has them; a checkout has none if
            the environment forbids to write them, and would be compiled anew in each round.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    script = f"import time; start = time.process_time()\n{code}\nprint(time.process_time() - start)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        env=environment,
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    codes = ("import httpx", PACKAGE, FIRST_USE)
    with tempfile.TemporaryDirectory() as compiled:
        for code in codes:
            seconds(code, compiled)  # compiles, and fills the disk's cache
        rounds = [[seconds(code, compiled) for code in codes] for _ in range(ROUNDS)]
    httpx, package, first_use = (min(column) for column in zip(*rounds, strict=True))
    table(
        f"Cold imports (times `import httpx`, {httpx * 1000:.0f} ms)",
        [
            ("import batchcompute", package / httpx, 0.25),
            ("Client and JobDescription made once", first_use / httpx, 1.2),
        ],
    )


if __name__ == "__main__":
    main()
