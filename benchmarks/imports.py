"""Cold imports, each in a fresh interpreter, against `import httpx`."""

from __future__ import annotations

import statistics
import subprocess
import sys

from _measure import ROUNDS, table

PACKAGE = "import batchcompute"
FIRST_USE = """
from batchcompute import CN_SHENZHEN, Client
from batchcompute.resources import JobDescription
client = Client(CN_SHENZHEN, "id", "secret")
job = JobDescription()
"""


def seconds(code: str) -> float:
    """Return how long the code takes in a fresh interpreter, its start not counted."""
    script = f"import time; start = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="/"
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    codes = ("import httpx", PACKAGE, FIRST_USE)
    for code in codes:
        seconds(code)  # compiled files and the disk's cache
    rounds = [[seconds(code) for code in codes] for _ in range(ROUNDS)]
    httpx, package, first_use = (statistics.median(column) for column in zip(*rounds, strict=True))
    table(
        f"Cold imports (times `import httpx`, {httpx * 1000:.0f} ms)",
        [
            ("import batchcompute", package / httpx, 0.25),
            ("Client and JobDescription made once", first_use / httpx, 1.4),
        ],
    )


if __name__ == "__main__":
    main()
