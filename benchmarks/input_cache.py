"""One large input of many instances, with the machine's cache of inputs and without it.

The objects are those of a second service on this machine, over its object port. How many bytes it
sent is counted; how long that takes says little here, as both share the processors.
"""

from __future__ import annotations

import os
import re
import resource
import tempfile
import time
import urllib.request

import oss2
from _sizes import sized

from batchcompute import Client
from batchcompute.resources import (
    ClusterDescription,
    GroupDescription,
    JobDescription,
    TaskDescription,
)
from batchcompute.server import LocalServer

SIZE = int(os.environ.get("INPUT_BYTES", sized(1 << 30, 1 << 20)))
INSTANCES = sized(20, 4)
#: Instances that run at once.
SLOTS = 4
REGION, BUCKET = "cn-hangzhou", "benchmark"
_SENT = re.compile(
    r'^batchcompute_http_body_bytes_total\{direction="sent",server="objects"\} (\S+)$', re.MULTILINE
)


def sent(store: LocalServer) -> float:
    """Return the bytes of objects that a service has sent."""
    with urllib.request.urlopen(f"{store.metrics_endpoint}/metrics") as answer:
        found = _SENT.search(answer.read().decode())
    return float(found[1]) if found else 0.0


def run(client: Client) -> float:
    """Run the instances; return seconds."""
    task = TaskDescription(InstanceCount=INSTANCES)
    task.Parameters.Command.CommandLine = "test -s /tmp/input"
    task.Parameters.StdoutRedirectPath = task.Parameters.StderrRedirectPath = (
        f"oss://{BUCKET}/logs/"
    )
    task.InputMapping = {f"oss://{BUCKET}/input": "/tmp/input"}
    groups = {"group": GroupDescription(DesiredVMCount=SLOTS)}
    cluster = ClusterDescription(Name="benchmark", ImageId="img-ubuntu", Groups=groups)
    task.ClusterId = client.create_cluster(cluster).Id
    job = JobDescription(Name="input-cache", Priority=1)
    job.DAG.add_task("read", task)
    started = time.monotonic()
    client.wait_job(client.create_job(job), raise_on_failure=True)
    return time.monotonic() - started


def main() -> None:
    """Measure, and print one row for each."""
    print(f"\n{INSTANCES} instances with an input of {SIZE / (1 << 30):.2f} GiB, {SLOTS} at once\n")
    with LocalServer(slots=1, metrics_port=0) as store:
        os.environ["OSS_ACCESS_KEY_ID"] = store.access_key_id
        os.environ["OSS_ACCESS_KEY_SECRET"] = store.access_key_secret
        auth = oss2.make_auth(store.access_key_id, store.access_key_secret, "v4")
        bucket = oss2.Bucket(auth, store.objects_endpoint, BUCKET, region=REGION)
        bucket.create_bucket()
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(SIZE)
            bucket.put_object_from_file("input", file.name)
        url = f"oss://?endpoint={store.objects_endpoint}&region={REGION}"
        for name, kept in (("without", 0), ("with the cache", None)):
            with LocalServer(objects=url, slots=SLOTS, boot_seconds=0, input_cache=kept) as server:
                client = Client(server.endpoint, server.access_key_id, server.access_key_secret)
                for round_name in ("", ", again"):
                    before = sent(store)
                    seconds = run(client)
                    gib = (sent(store) - before) / (1 << 30)
                    print(f"  {name + round_name:<24} {gib:6.2f} GiB fetched   {seconds:7.1f} s")
                    if kept == 0:
                        break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory of both services at the most: {peak:.0f} MB")


if __name__ == "__main__":
    main()
