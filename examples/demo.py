"""Runs quickstart.py, unchanged, against an embedded service, and shows what its instances wrote.

`make demo` runs this. The service lives in a temporary folder and is gone afterwards; a person can
look at the job from another shell until then.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from batchcompute.server import LocalServer

PROGRAM = Path(__file__).with_name("quickstart.py")


def main() -> int:
    """Run the example and return its exit code; 1 if an output is missing."""
    with (
        tempfile.TemporaryDirectory(prefix="batchcompute-demo-") as data,
        LocalServer(data) as server,
    ):
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
        return look(data)


def look(data: str) -> int:
    """Say how to look at the job, and wait until that was done; show it where nobody can."""
    script = Path(sys.executable).with_name("batchcompute")
    program = [str(script)] if script.exists() else [sys.executable, "-m", "batchcompute"]
    words = [os.path.relpath(program[0]), *program[1:], "show", "last", "--data", data]
    print(f"\nLook at the job with:\n\n  {shlex.join(words)}\n", flush=True)
    if not sys.stdin.isatty():
        return subprocess.run(words, check=False).returncode
    input("The service runs until you press Enter here; try it in another shell. ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
