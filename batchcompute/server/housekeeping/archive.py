"""Writing all that is known of a job into the object store, before the job leaves."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import Connection

from batchcompute.server.model.caller import DEFAULT_ACCOUNT
from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.errors import StartError
from batchcompute.server.objects import ObjectStore
from batchcompute.server.objects.address import OssAddress
from batchcompute.server.objects.owners import BucketOwners
from batchcompute.server.rules.jobs import shown
from batchcompute.server.store import instance_queries, job_queries, task_queries
from batchcompute.server.store.database import Database
from batchcompute.server.store.rows import AnyRow

#: Instances that are read at a time.
_PAGE: Final = 1000
#: More tasks than the description of a job has room for.
_MOST_TASKS: Final = 100_000


class Archive:
    """Objects of JSON lines, one for each job: `PREFIX/2026-11-29/job-….jsonl`.

    The first line is the job, then come its tasks and their instances, each as the API shows it. A
    job that is written once more, as its removal was broken off, replaces its object.
    """

    def __init__(self, database: Database, store: ObjectStore, prefix: str) -> None:
        """Bind the parts.

        Args:
            database: What is remembered of jobs.
            store: Where the objects go.
            prefix: `oss://` address that they begin with; it ends in "/".
        """
        self._database = database
        self._store = store
        self._prefix = prefix

    def write(self, job_id: str) -> None:
        """Write a job; it is durable when this returns. One that is gone is left out.

        Raises:
            ObjectStoreError: The store does not take it.
        """
        with tempfile.TemporaryDirectory(prefix="batchcompute-") as folder:
            file = Path(folder) / "job.jsonl"
            # One view, so that the lines fit together.
            with self._database.read() as connection, file.open("wb") as lines:
                rows = job_queries.find_counted_job(connection, job_id)
                if not rows:
                    return
                for line in _lines(connection, rows[0], rows):
                    lines.write(to_json(line) + b"\n")
            day = to_wire(rows[0].ended or rows[0].created)[:10]
            self._store.put_file(file, f"{self._prefix}{day}/{job_id}.jsonl")


def claim_archive(owners: BucketOwners, prefix: str) -> None:
    """Let the bucket of an archive, which has the jobs of all accounts, be the first account's.

    Args:
        owners: Whose the buckets are.
        prefix: `oss://` address that the objects begin with; it ends in "/".

    Raises:
        StartError: It is another account's.
    """
    bucket = OssAddress.parse(prefix).bucket
    owner = owners.claim(bucket, DEFAULT_ACCOUNT)
    if owner != DEFAULT_ACCOUNT:
        raise StartError(
            f"--archive-jobs: bucket {bucket} belongs to account {owner}, which would read the "
            "jobs of all accounts there: name another bucket"
        )


def _lines(
    connection: Connection, job: AnyRow, counts: Sequence[AnyRow]
) -> Iterator[dict[str, Any]]:
    found = job_queries.find_description(connection, job.id)
    description: dict[str, Any] = {} if found is None else json.loads(found.description)
    yield {"Kind": "Job", **shown.show_job(job, counts), "Description": description}
    for task in task_queries.list_tasks(connection, job.seq, marker="", limit=_MOST_TASKS):
        yield {"Kind": "Task", "JobId": job.id, **shown.show_task(task)}
        yield from _instances(connection, job.id, task)


def _instances(connection: Connection, job_id: str, task: AnyRow) -> Iterator[dict[str, Any]]:
    plan = task_queries.find_plan(connection, task)
    of = {"Kind": "Instance", "JobId": job_id, "TaskName": task.name}
    for start in range(0, task.instance_count, _PAGE):
        for instance in instance_queries.list_instances(connection, task, start=start, limit=_PAGE):
            yield {**of, **shown.show_instance(job_id, plan, instance)}
