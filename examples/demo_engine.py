"""Runs quickstart.py, unchanged, on agents, with PostgreSQL and objects in the way of S3.

`make demo-engine` runs this. Agents are processes of this machine that join the service over TLS,
one for each VM; the example asks for one. PostgreSQL is a private one if its programs are
installed, otherwise SQLite takes its place; the S3 is a double of it, which the tests use as well.
All of it is gone afterwards.
"""

import logging
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
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
            key = address.removeprefix("oss://")
            body = client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
            print(f"  {number}: {body.rstrip()}")
        client.close()
    return 0


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
