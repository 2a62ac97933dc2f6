"""Runs quickstart.py, unchanged, against an embedded service, and shows what its instances wrote.

`make demo` runs this. The service lives in a temporary folder and is gone afterwards.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from batchcompute.server import LocalServer

PROGRAM = Path(__file__).with_name("quickstart.py")


def main() -> int:
    """Run the example and return its exit code; 1 if an output is missing."""
    with LocalServer() as server:
        print(f"The embedded service listens on {server.endpoint}")
        print(f"Running {PROGRAM.name} against it:\n")
        environment = {**os.environ, **server.environment(), "PYTHONUNBUFFERED": "1"}
        program = subprocess.Popen(
            [sys.executable, str(PROGRAM)], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert program.stdout is not None
        outputs = []
        for line in program.stdout:
            print(f"  {line}", end="", flush=True)
            outputs += re.findall(r"oss://\S+", line)
        exit_code = program.wait()
        if exit_code or len(outputs) != 3:
            print(f"\nThe example failed (exit code {exit_code}).")
            return exit_code or 1
        print("\nWhat the three instances printed:\n")
        for number, address in enumerate(outputs):
            print(f"  {number}: {server.read_object(address).decode().rstrip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
