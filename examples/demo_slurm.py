"""Runs quickstart.py, unchanged, on a Slurm of one node, and shows what its instances wrote.

`make demo-slurm` runs this. The Slurm is started for it on this machine, for which it has to be
root, and Debian's packages slurm-wlm and munge have to be there; all of it is gone afterwards.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from batchcompute.server import LocalServer

PROGRAM = Path(__file__).with_name("quickstart.py")
NODE = Path(__file__).parent.parent / "tests/slurm/single-node"
POOLS = """\
[pools.slurm]
kind = "parsl"
provider = "slurm"
walltime = "1:00:00"
observe-seconds = 2
options = { partition = "batch" }

# The machine that stands for a cluster is small.
[types."bcs.a2.large"]
processors = 1
memory = "500 MiB"
"""


def main() -> int:
    """Run the example and return its exit code; 1 if an output is missing."""
    with tempfile.TemporaryDirectory(prefix="batchcompute-slurm-", dir="/var/tmp") as folder:
        slurm = Path(folder, "slurm")
        try:
            if code := subprocess.run([NODE, "up", slurm], stdout=subprocess.DEVNULL).returncode:
                return code
            os.environ["SLURM_CONF"] = str(slurm / "slurm.conf")
            return run(Path(folder))
        finally:
            subprocess.run([NODE, "down", slurm], check=False)


def run(folder: Path) -> int:
    """Run the example against a service whose VMs are jobs of Slurm."""
    pools = folder / "pools.toml"
    pools.write_text(POOLS)
    with LocalServer(folder / "data", pools=pools) as server:
        print(f"The service listens on {server.endpoint}; its VMs are jobs of Slurm")
        print(f"Running {PROGRAM.name} against it:\n")
        environment = {**os.environ, **server.environment(), "PYTHONUNBUFFERED": "1"}
        program = subprocess.Popen(
            [sys.executable, str(PROGRAM)], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert program.stdout is not None
        outputs: list[str] = []
        for line in program.stdout:
            print(f"  {line}", end="", flush=True)
            outputs += re.findall(r"oss://\S+", line)
        exit_code = program.wait()
        queue = subprocess.run(
            ["squeue", "--states=all", "--format=%.8i %.10P %.28j %.10T %.6M %N"],
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"\nWhat Slurm has seen:\n\n{queue.stdout}")
        if exit_code or len(outputs) != 3:
            print(f"The example failed (exit code {exit_code}).")
            return exit_code or 1
        print("What the three instances printed:\n")
        for number, address in enumerate(outputs):
            print(f"  {number}: {server.read_object(address).decode().rstrip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
