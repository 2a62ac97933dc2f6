"""A list of 10,000 instances, parsed and read, against the bare json module."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

from _measure import ratio, table

from batchcompute._http.response import Response
from batchcompute.client.responses import ListResponse
from batchcompute.resources import Instance

_COUNT = 10_000


def body() -> bytes:
    """Return an answer of about 5 MB."""
    items = [
        {
            "InstanceId": number,
            "State": "Finished",
            "StartTime": "2015-11-20T07:51:25.652044Z",
            "EndTime": "2015-11-20T07:52:26.652044Z",
            "RetryCount": 0,
            "Progress": 100,
            "StdoutRedirectPath": f"oss://my-bucket/a/rather/long/path/to/logs/stdout.job.count.{number}",
            "StderrRedirectPath": f"oss://my-bucket/a/rather/long/path/to/logs/stderr.job.count.{number}",
            "Result": {
                "ExitCode": 0,
                "ErrorCode": "",
                "ErrorMessage": "",
                "Detail": "The program has ended by itself, and everything that it wrote is there.",
            },
            "NodeIp": f"10.0.{number // 250}.{number % 250}",
        }
        for number in range(_COUNT)
    ]
    return json.dumps({"Items": items, "NextMarker": ""}).encode()


def parsed(text: bytes) -> ListResponse[Any]:
    """Return the page, as the client makes it."""
    return ListResponse(Response("list_instances", 200, {}, text), Instance)


def read(page: ListResponse[Any]) -> int:
    """Read of every item the id, the state, a time and a nested number."""
    total = 0
    for item in page:
        if item.InstanceId >= 0 and item.State and item.StartTime is not None:
            total += item.Result.ExitCode
    return total


def memory(make: Callable[[], object]) -> int:
    """Return the bytes that stay allocated for what is made."""
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size


def main() -> None:
    """Measure and print."""
    text = body()
    time = ratio(lambda: read(parsed(text)), lambda: json.loads(text))
    plain = memory(lambda: json.loads(text))
    ours = memory(lambda: parsed(text))

    def after_reading() -> object:
        page = parsed(text)
        read(page)
        return page

    used = memory(after_reading)
    title = f"List of {_COUNT:,} instances ({len(text) / 1e6:.1f} MB; times json.loads)"
    table(
        title,
        [
            ("parsed, and id, state, a time and a nested count read", time, 5.0),
            ("memory of the parsed page", ours / plain, 1.0),
            ("memory of the page after everything was read", used / plain, 1.0),
        ],
    )


if __name__ == "__main__":
    main()
