"""Clients for S3 beside the one that the service uses, by the processor time that they take.

Each runs in a process of its own against a server that stores nothing: wall-clock would measure
that. `pip install obstore opendal s3fs` brings those that the project does not install.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

MIB = 1 << 20
LARGE, SMALL, TIMES = 256 * MIB, 4096, 300
BUCKET = "benchmark"


class _Server(asyncio.Protocol):
    """Takes every object, and has as many zeros as a key says."""

    _zeros = bytes(MIB)

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        while data:
            if self._left:
                taken = min(self._left, len(data))
                self._left -= taken
                data = data[taken:]
                if not self._left:
                    self._answer()
                continue
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = b""
            lines = head.decode("latin-1").split("\r\n")
            self._verb, self._target, _ = lines[0].split(" ")
            fields = dict(line.lower().split(": ", 1) for line in lines[1:])
            self._left = int(fields.get("content-length", 0))
            self._range = fields.get("range", "").removeprefix("bytes=")
            if fields.get("expect"):
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if not self._left:
                self._answer()

    def _answer(self) -> None:
        size = 0
        if self._verb in ("GET", "HEAD"):
            size = int(self._target.partition("?")[0].rpartition("/")[2])
        body = b""
        if self._verb == "POST":
            # An upload in parts begins or ends.
            body = (
                b"<R><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId>"
                b'<ETag>"0"</ETag><Location>l</Location></R>'
            )
        status = b"200 OK"
        if size and self._range:
            first, _, last = self._range.partition("-")
            end = min(size, int(last or size) + 1)
            status = b"206 Partial Content\r\nContent-Range: bytes %d-%d/%d" % (
                *(int(first), end - 1),
                size,
            )
            size = end - int(first)
        self._transport.write(
            b'HTTP/1.1 %s\r\nETag: "%s"\r\nLast-Modified: Wed, 11 Nov 2015 10:00:57 GMT\r\n'
            b"Content-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s"
            % (status, b"0" * 32, size or len(body), body)
        )
        if self._verb == "GET":
            for start in range(0, size, MIB):
                self._transport.write(self._zeros[: size - start])


def _serve() -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(_Server, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


Verbs = tuple[Callable[[str, Path], object], Callable[[str, Path], object]]


def _ours(endpoint: str) -> Verbs:
    from batchcompute.server.objects import open_store

    store = open_store(f"s3://?endpoint={endpoint}")
    return (
        lambda key, path: store.get_file(f"oss://{BUCKET}/{key}", path),
        lambda key, path: store.put_file(path, f"oss://{BUCKET}/{key}"),
    )


def _obstore(endpoint: str) -> Verbs:
    obstore: Any = import_module("obstore")
    stores: Any = import_module("obstore.store")
    store = stores.S3Store(
        BUCKET,
        endpoint=endpoint,
        region="us-east-1",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )

    def get(key: str, path: Path) -> None:
        with path.open("wb") as file:
            for piece in obstore.get(store, key).stream(MIB):
                file.write(piece)

    return get, lambda key, path: obstore.put(store, key, path)


def _opendal(endpoint: str) -> Verbs:
    opendal: Any = import_module("opendal")
    operator = opendal.Operator("s3", bucket=BUCKET, endpoint=endpoint, region="us-east-1")

    def get(key: str, path: Path) -> None:
        with operator.open(key, "rb") as source, path.open("wb") as file:
            while data := source.read(MIB):
                file.write(data)

    def put(key: str, path: Path) -> None:
        with path.open("rb") as file, operator.open(key, "wb") as target:
            while data := file.read(16 * MIB):
                target.write(data)

    return get, put


def _s3fs(endpoint: str) -> Verbs:
    s3fs: Any = import_module("s3fs")
    files = s3fs.S3FileSystem(endpoint_url=endpoint, client_kwargs={"region_name": "us-east-1"})
    return (
        lambda key, path: files.get_file(f"{BUCKET}/{key}", str(path)),
        lambda key, path: files.put_file(str(path), f"{BUCKET}/{key}"),
    )


CLIENTS = {"the service": _ours, "obstore": _obstore, "opendal": _opendal, "s3fs (fsspec)": _s3fs}


def _measure(name: str, endpoint: str) -> dict[str, float]:
    """Return processor seconds of this process by what it did."""
    found: dict[str, float] = {}

    def took(what: str, work: Callable[[], object]) -> None:
        start = time.process_time()
        work()
        found[what] = time.process_time() - start

    with tempfile.TemporaryDirectory() as folder:
        target, large, small = Path(folder, "t"), Path(folder, "l"), Path(folder, "s")
        small.write_bytes(bytes(SMALL))
        with large.open("wb") as file:
            file.truncate(LARGE)
        verbs: list[Verbs] = []

        def begin() -> None:
            verbs.append(CLIENTS[name](endpoint))
            verbs[0][0](str(SMALL), target)

        took("begin", begin)
        get, put = verbs[0]
        took("get large", lambda: get(str(LARGE), target))
        assert target.stat().st_size == LARGE
        took("put large", lambda: put("large", large))
        took("get small", lambda: [get(str(SMALL), target) for _ in range(TIMES)])
        took("put small", lambda: [put("small", small) for _ in range(TIMES)])
    found["threads"] = len(os.listdir("/proc/self/task")) - threading.active_count() + 1
    return found


def main() -> None:
    """Print one row for each client that is installed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--client", nargs=2)
    given = parser.parse_args()
    if given.serve:
        _serve()
        return
    if given.client:
        print(json.dumps(_measure(*given.client)))
        return
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    endpoint = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
    print(f"{'':16} begin   s/GiB down  s/GiB up   ms/get   ms/put   threads")
    try:
        for name in CLIENTS:
            done = subprocess.run(
                [sys.executable, __file__, "--client", name, endpoint],
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
                env={**os.environ, **keys},
            )
            if done.returncode:
                print(f"{name:16} {done.stderr.strip().splitlines()[-1]}")
                continue
            row = json.loads(done.stdout)
            per_gib, each = (1 << 30) / LARGE, 1000 / TIMES
            print(
                f"{name:16} {row['begin']:5.2f} {row['get large'] * per_gib:11.2f} "
                f"{row['put large'] * per_gib:9.2f} {row['get small'] * each:8.2f} "
                f"{row['put small'] * each:8.2f} {row['threads']:9.0f}"
            )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
