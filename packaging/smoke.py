"""Run a job with what is installed, and not with a checkout: `python packaging/smoke.py`.

It needs `batchcompute[local]`, prints "installed", and fails if anything of the package is missing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import batchcompute
from batchcompute import Client
from batchcompute.resources import JobDescription, TaskDescription
from batchcompute.server import LocalServer


def main() -> None:
    """Run a job by the client, and another one by the command."""
    place = Path(batchcompute.__file__)
    assert place.is_relative_to(sys.prefix), place
    assert (files(batchcompute) / "py.typed").is_file()
    contract = files("batchcompute._generated.schemas") / "openapi.json"
    assert json.loads(contract.read_text())["paths"]
    with LocalServer(boot_seconds=0) as server:
        client = Client(server.endpoint, server.access_key_id, server.access_key_secret)
        task = TaskDescription(InstanceCount=1)
        task.AutoCluster.update(ImageId="img-ubuntu", InstanceType="bcs.a2.large")
        task.Parameters.Command.CommandLine = "echo installed"
        task.Parameters.StdoutRedirectPath = "oss://b/logs/"
        description = JobDescription(Name="j", Priority=1)
        description.DAG.add_task("t", task)
        job = client.create_job(description)
        assert client.poll(job, timeout=300, interval=0.05) == []
        output = server.read_object(client.get_instance(job, "t", 0).StdoutRedirectPath)
        sys.stdout.write(output.decode())
        words = [str(Path(sys.executable).with_name("batchcompute")), "submit", "--follow"]
        done = subprocess.run(
            [*words, "--", "echo", "by", "command"],
            env={**os.environ, **server.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "by command"


if __name__ == "__main__":
    main()
