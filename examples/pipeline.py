"""Split, count, merge: a job of three tasks over a text, with the vendor's object client.

The text and the tasks' program are uploaded with `oss2`, the job runs, and the result is read back
with `oss2`. Where the requests go is decided outside: `BATCHCOMPUTE_ENDPOINT` and
`ALIBABA_CLOUD_ACCESS_KEY_…` for the jobs, `OSS_ENDPOINT`, `OSS_ACCESS_KEY_…` and `OSS_REGION` for
the objects. `make demo-pipeline` runs it against the embedded service; for one that runs already:

    eval "$(python -m batchcompute.server env)"
    python examples/pipeline.py [TEXT]
"""

import io
import json
import os
import sys
import tarfile
from pathlib import Path

import oss2

from batchcompute import Client
from batchcompute.resources import (
    ClusterDescription,
    GroupDescription,
    JobDescription,
    TaskDescription,
)

HERE = Path(__file__).parent
PARTS = 3
BUCKET = os.environ.get("OSS_BUCKET", "pipeline-example")
FOLDER = f"oss://{BUCKET}/words"


def task(command: str, count: int = 1) -> TaskDescription:
    """Return a task that runs the uploaded program."""
    made = TaskDescription(InstanceCount=count)
    made.Parameters.Command.CommandLine = f"python3 words.py {command}"
    made.Parameters.Command.PackagePath = f"{FOLDER}/package.tar.gz"
    made.Parameters.StdoutRedirectPath = f"{FOLDER}/logs/"
    made.Parameters.StderrRedirectPath = f"{FOLDER}/logs/"
    return made


def main(text: Path) -> int:
    """Run the pipeline over a text, and return the exit code."""
    auth = oss2.make_auth(
        os.environ["OSS_ACCESS_KEY_ID"], os.environ["OSS_ACCESS_KEY_SECRET"], "v4"
    )
    bucket = oss2.Bucket(auth, os.environ["OSS_ENDPOINT"], BUCKET, region=os.environ["OSS_REGION"])
    bucket.create_bucket()
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        archive.add(HERE / "pipeline" / "words.py", "words.py")
    bucket.put_object("words/package.tar.gz", package.getvalue())
    bucket.put_object_from_file("words/text.txt", str(text))
    print(f"uploaded {text.name} and the program to {FOLDER}")

    split = task(f"split /home/text.txt /home/parts/ {PARTS}")
    split.InputMapping[f"{FOLDER}/text.txt"] = "/home/text.txt"
    split.OutputMapping["/home/parts/"] = f"{FOLDER}/parts/"
    count = task("count /home/parts/ $BATCH_COMPUTE_DAG_INSTANCE_ID /home/counts/", PARTS)
    count.InputMapping[f"{FOLDER}/parts/"] = "/home/parts/"
    count.OutputMapping["/home/counts/"] = f"{FOLDER}/counts/"
    merge = task("merge /home/counts/ /home/result.json")
    merge.InputMapping[f"{FOLDER}/counts/"] = "/home/counts/"
    merge.OutputMapping["/home/result.json"] = f"{FOLDER}/result.json"

    job = JobDescription(Name="words", Priority=10)
    with Client(os.environ.get("BATCHCOMPUTE_REGION", "cn-hangzhou")) as client:
        workers = GroupDescription(DesiredVMCount=2, InstanceType="ecs.sn1ne.large")
        cluster = client.create_cluster(
            ClusterDescription(Name="words", ImageId="img-ubuntu", Groups={"workers": workers})
        )
        for name, description in (("split", split), ("count", count), ("merge", merge)):
            description.ClusterId = cluster.Id
            job.DAG.add_task(name, description)
        job.DAG.Dependencies = {"split": ["count"], "count": ["merge"]}
        job_id = client.create_job(job).Id
        print(f"job {job_id}: split -> {PARTS} x count -> merge")
        errors = client.poll(job_id, interval=0.5)
        client.delete_cluster(cluster)
    if errors:
        print("\n".join(errors), file=sys.stderr)
        return 1

    counts = json.loads(bucket.get_object("words/result.json").read())
    print(f"{sum(number for _, number in counts)} words, the most frequent of them:")
    for word, number in counts[:5]:
        print(f"{number:6}  {word}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "LICENSE"))
