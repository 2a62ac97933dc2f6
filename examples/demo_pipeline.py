"""Runs pipeline.py, unchanged, against an embedded service. `make demo-pipeline` does this."""

import os
import subprocess
import sys
from pathlib import Path

from batchcompute.server import LocalServer


def main() -> int:
    """Run the example and return its exit code."""
    with LocalServer(boot_seconds=0.1) as server:
        print(f"The service listens on {server.endpoint},")
        print(f"and for objects on {server.objects_endpoint}")
        program = Path(__file__).with_name("pipeline.py")
        environment = {**os.environ, **server.environment(), "PYTHONUNBUFFERED": "1"}
        return subprocess.run(
            [sys.executable, str(program), *sys.argv[1:]], env=environment
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
