"""The object protocol: put and get with `oss2` against the same client on a bare file server.

Both servers run in processes of their own, and store every byte in a file. The service makes it
durable, checks signatures and computes digests besides.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import oss2
from _process import KEY, Process, Row, running
from _sizes import sized

ROUNDS = sized(7, 1)
SMALL, LARGE = 4 * 1024, 8 * 1024 * 1024
HUGE = int(os.environ.get("HUGE_BYTES", sized(5 * 1024**3, 64 * 1024**2)))
KEYS = sized(100_000, 2_000)
BUCKET = "benchmark"

_BARE = """
import asyncio, os, socket, sys
import uvicorn
from starlette.responses import FileResponse, Response

async def serve(scope, receive, send):
    path = os.path.join(sys.argv[1], scope["path"].replace("/", "_"))
    if scope["method"] == "PUT":
        with open(path, "wb") as file:
            while True:
                message = await receive()
                file.write(message.get("body", b""))
                if not message.get("more_body"):
                    break
        await Response(headers={"etag": '"x"'})(scope, receive, send)
    else:
        await FileResponse(path)(scope, receive, send)

listener = socket.create_server(("127.0.0.1", 0))
print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
config = uvicorn.Config(serve, log_level="warning", access_log=False, lifespan="off")
asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
"""


class _Zeros(io.RawIOBase):
    """A file of nothing that takes no memory."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._left = length
        self.len = length

    def read(self, size: int = -1) -> bytes:
        size = min(size if size >= 0 else self._left, self._left)
        self._left -= size
        return bytes(size)


def bucket_at(endpoint: str) -> Any:
    """Return a bucket of a server; its checksums are the same work on both."""
    return oss2.Bucket(oss2.Auth(*KEY), endpoint, BUCKET, enable_crc=False)


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the median seconds of one call."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def ratio(ours: Any, bare: Any, work: Callable[[Any], object], times: int) -> float:
    """Return how many requests per second we answer for each that the bare server answers."""
    pairs = [
        (seconds(lambda: work(ours), times), seconds(lambda: work(bare), times))
        for _ in range(ROUNDS)
    ]
    return statistics.median(pair[1] for pair in pairs) / statistics.median(
        pair[0] for pair in pairs
    )


def peak(server: Process, work: Callable[[], object]) -> float:
    """Return the largest resident memory of a server since its start, after some work."""
    work()
    lines = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii").splitlines()
    (found,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(found.split()[1]) / 1024


def measured(folder: Path) -> list[Row]:
    """Return all rows."""
    serve = ["-m", "batchcompute.server", "serve", "--port", "0", "--data", str(folder / "data")]
    bare_folder = folder / "bare"
    bare_folder.mkdir()
    with (
        running(*serve, "--objects-port", "0", "--access-key", ":".join(KEY)) as server,
        running("-c", _BARE, str(bare_folder)) as plain,
    ):
        where = json.loads((folder / "data" / "endpoint.json").read_text(encoding="utf-8"))
        ours, bare = bucket_at(where["objects"]), bucket_at(plain.endpoint)
        ours.create_bucket()
        rows: list[Row] = []
        for size, name, times in ((SMALL, "4 KiB", 50), (LARGE, "8 MB", 5)):
            content = os.urandom(size)

            def put(bucket: Any, content: bytes = content) -> None:
                bucket.put_object("k", content)

            def get(bucket: Any) -> None:
                bucket.get_object("k").read()

            rows.append(
                (f"put of {name}, of a bare server", ratio(ours, bare, put, times), ">", 0.5)
            )
            rows.append(
                (f"get of {name}, of a bare server", ratio(ours, bare, get, times), ">", 0.5)
            )

        def through() -> None:
            ours.put_object("huge", oss2.utils.SizedFileAdapter(_Zeros(HUGE), HUGE))
            for _ in ours.get_object("huge"):
                pass
            ours.delete_object("huge")

        before = server.megabytes
        title = f"MB more while {HUGE / 1024**3:.1f} GB go up and down"
        rows.append((title, peak(server, through) - before, "<", 100))
        many = folder / "data" / "objects" / BUCKET / "many"
        many.mkdir()
        for number in range(KEYS):
            (many / f"{number:06}").touch()
        # The digests of dropped files are computed once.
        for _ in oss2.ObjectIteratorV2(ours, prefix="many/", max_keys=1000):
            pass
        listed = seconds(
            lambda: ours.list_objects_v2(prefix="many/", start_after="many/05", max_keys=1000), 9
        )
        rows.append((f"ms to list 1,000 of {KEYS:,} keys", listed * 1000, "<", 100))
        return rows


def main() -> None:
    """Measure, and print each figure beside its budget."""
    with tempfile.TemporaryDirectory(prefix="batchcompute-benchmark-") as folder:
        rows = measured(Path(folder))
    print("\nObjects, with oss2\n")
    for name, value, sign, budget in rows:
        kept = value < budget if sign == "<" else value > budget
        verdict = "ok" if kept else "OVER BUDGET"
        print(f"  {name:<48} {value:8.2f}   wanted {sign} {budget:6.2f}   {verdict}")


if __name__ == "__main__":
    main()
