"""Runs quickstart.py, unchanged, on agents, with PostgreSQL and objects in the way of S3.

`make demo-engine` runs this. Agents are processes of this machine that join the service over TLS,
one for each VM. The example asks for one; a second job after it has two, and each of its instances
says on which VM it ran. PostgreSQL is a private one if its programs are
installed, otherwise SQLite takes its place; the S3 is a double of it, which the tests use as well.
All of it is gone afterwards.
"""

import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
COMMAND = "sleep 1; echo $BATCH_COMPUTE_WORKER_ID"
PROGRAM = Path(__file__).with_name("quickstart.py")
KEYS = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo-secret"}
BUCKET = "batchcompute-demo"


def main() -> int:
    """Run the example and return its exit code; 1 if an output is missing."""
    sys.path.insert(0, str(ROOT))
    from batchcompute.server import LocalServer
    from tests.slow.postgres import find_programs, postgres
    from tests.stores.doubles import s3_double

    os.environ.update(KEYS)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="batchcompute-demo-")))
        programs = find_programs()
        database = ""
        if programs is not None:
            database = stack.enter_context(postgres(programs)).database("demo")
        endpoint = stack.enter_context(s3_double())
        session: Any = import_module("botocore.session").get_session()
        client = session.create_client("s3", region_name="us-east-1", endpoint_url=endpoint)
        client.create_bucket(Bucket=BUCKET)
        server = stack.enter_context(
            LocalServer(
                folder / "data",
                agents="local",
                database=database,
                objects=f"s3://{BUCKET}?endpoint={endpoint}",
            )
        )
        print(f"The service listens on {server.endpoint}")
        print(f"Its agents join {server.agents_endpoint}")
        print(f"Its database is {database or 'SQLite, as PostgreSQL is not installed'}")
        print(f"Its objects are in the bucket {BUCKET} of {endpoint}")
        print(f"Running {PROGRAM.name} against it:\n")
        outputs, exit_code = run({**os.environ, **server.environment()})
        if exit_code or len(outputs) != 3:
            print(f"\nThe example failed (exit code {exit_code}).")
            return exit_code or 1
        print("\nWhat the three instances printed:\n")
        for number, address in enumerate(outputs):
            print(f"  {number}: {read(client, address)}")
        os.environ.update(server.environment())
        vms, ran_on = run_on_two(lambda address: read(client, address))
        client.close()
    print("\nA job on a cluster of two VMs, which are two agents:\n")
    for number, vm in enumerate(ran_on):
        print(f"  instance {number} ran on {vm}")
    if len(vms) == 2 and set(ran_on) == vms:
        print("\nBoth agents worked.")
        return 0
    print(f"\nOf the agents {', '.join(sorted(vms))} not all worked.")
    return 1


def read(client: Any, address: str) -> str:
    """Return what an instance printed."""
    key = address.removeprefix("oss://")
    return str(client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()).strip()


def run_on_two(printed: Callable[[str], str]) -> tuple[set[str], list[str]]:
    """Run four instances on two VMs, once both are there.

    Args:
        printed: Returns what an instance printed, given the address of that.

    Returns:
        The ids of both VMs, and those on which each of the instances ran.
    """
    from batchcompute import CN_SHENZHEN, Client
    from batchcompute.resources import (
        DAG,
        ClusterDescription,
        GroupDescription,
        JobDescription,
        TaskDescription,
    )

    client = Client(
        CN_SHENZHEN,
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    )
    cluster = ClusterDescription(Name="two-agents", ImageId="img-ubuntu")
    cluster.add_group("workers", GroupDescription(DesiredVMCount=2))
    cluster_id = client.create_cluster(cluster).Id
    deadline = time.monotonic() + 120
    while client.get_cluster(cluster_id).Groups["workers"].ActualVMCount < 2:
        if time.monotonic() > deadline:
            raise SystemExit("The agents of two VMs have not come in two minutes.")
        time.sleep(0.2)
    task = TaskDescription(ClusterId=cluster_id, InstanceCount=4)
    task.Parameters.Command.CommandLine = COMMAND
    task.Parameters.StdoutRedirectPath = task.Parameters.StderrRedirectPath = (
        "oss://my-bucket/logs/"
    )
    dag = DAG()
    dag.add_task("Where", task)
    job_id = client.create_job(JobDescription(Name="two-agents", Priority=99, DAG=dag)).Id
    client.poll(job_id)
    vms = {vm.Id for vm in client.list_cluster_instances(cluster_id, "workers")}
    found = client.list_instances(job_id, "Where")
    ran_on = [printed(instance.StdoutRedirectPath) for instance in found]
    client.delete_cluster(cluster_id)
    return vms, ran_on


def run(environment: dict[str, str]) -> tuple[list[str], int]:
    """Run the example; return the addresses that it names, and its exit code."""
    program = subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    outputs: list[str] = []
    for line in program.stdout:
        print(f"  {line}", end="", flush=True)
        outputs += re.findall(r"oss://\S+", line)
    return outputs, program.wait()


if __name__ == "__main__":
    sys.exit(main())
