"""Building, dumping and loading jobs, against bare `json` of the same content."""

from __future__ import annotations

import json
from typing import Any

from _measure import ratio, table

from batchcompute.resources import JobDescription, TaskDescription

SIZES = (1, 100, 5000)


def build(tasks: int) -> JobDescription:
    """Return a job of so many tasks, made the documented way."""
    job = JobDescription()
    job.Name = "benchmark"
    job.Priority = 1
    task = TaskDescription()
    task.Parameters.Command.CommandLine = "python count.py --input /home/input/part"
    task.Parameters.Command.PackagePath = "oss://my-bucket/packages/worker.tar.gz"
    task.Parameters.Command.EnvVars["LANG"] = "C.UTF-8"
    task.Parameters.StdoutRedirectPath = "oss://my-bucket/logs/"
    task.Parameters.StderrRedirectPath = "oss://my-bucket/logs/"
    task.InputMapping["oss://my-bucket/input/"] = "/home/input/"
    task.OutputMapping["/home/output/"] = "oss://my-bucket/output/"
    task.ClusterId = "cls-6ki3sg6sqlno7nt8fu0007"
    for number in range(tasks):
        job.DAG.add_task(f"task-{number}", task)
    return job


def plain(tasks: int) -> dict[str, Any]:
    """Return the same content as plain dicts, copied task by task as a careful program would."""
    content: dict[str, Any] = json.loads(build(1).dump())
    text = json.dumps(content["DAG"]["Tasks"]["task-0"])
    content["DAG"]["Tasks"] = {f"task-{n}": json.loads(text) for n in range(tasks)}
    return content


def main() -> None:
    """Measure and print."""
    rows = [row for size in SIZES for row in measure(size)]
    table("Models (times the bare json module)", rows)


def measure(size: int) -> list[tuple[str, float, float]]:
    """Return names, ratios and budgets for jobs of so many tasks."""
    job = build(size)
    content = json.loads(job.dump())
    text = json.dumps(content)
    name = f"{size:>5} task{'s' if size > 1 else ' '}"
    compact = ratio(lambda: job.dump(None), lambda: json.dumps(content))
    indented = ratio(lambda: job.dump(), lambda: json.dumps(content, indent=4))
    loaded = ratio(lambda: JobDescription(text), lambda: json.loads(text))
    built = ratio(lambda: build(size), lambda: plain(size))
    return [
        (f"{name}: dump(None) / json.dumps(content)", compact, 1.5 if size > 100 else 2.0),
        (f"{name}: dump() / json.dumps(content, indent=4)", indented, 2.0),
        (f"{name}: JobDescription(text) / json.loads(text)", loaded, 5.0),
        (f"{name}: built / plain dicts copied through json", built, 5.0),
    ]


if __name__ == "__main__":
    main()
