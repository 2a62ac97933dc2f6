"""Large objects to and from a store elsewhere, in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from tests.stores.doubles import new_bucket, open_remote, oss_location, s3_double, set_keys
from tests.vendor_clients import UNTIDY

pytest.importorskip("alibabacloud_oss_v2", reason="the client of OSS cannot be installed here")

pytestmark = UNTIDY

_TRANSFER = """
import resource, sys
from pathlib import Path
from batchcompute.server.objects import open_store

url, bucket, source, target = sys.argv[1:]
store = open_store(url)
store.put_bytes(b"x", f"oss://{bucket}/small")
store.read_range(f"oss://{bucket}/small")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.put_file(Path(source), f"oss://{bucket}/large")
store.copy(f"oss://{bucket}/large", f"oss://{bucket}/copy")
store.get_file(f"oss://{bucket}/copy", Path(target))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(("kind", "size"), [("oss", 1200 << 20), ("s3", 300 << 20)])
def test_large_object_takes_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, size: int
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        for number in range(size // (1 << 20)):
            file.write(number.to_bytes(4, "big") * (1 << 18))
    with LocalServer(tmp_path / "data", boot_seconds=0, slots=1) as server, s3_double() as s3:
        set_keys(monkeypatch, server.access_key_id, server.access_key_secret)
        url = oss_location(server) if kind == "oss" else f"s3://?endpoint={s3}"
        bucket = new_bucket(open_remote(url))
        done = subprocess.run(
            [sys.executable, "-c", _TRANSFER, url, bucket, str(source), str(target)],
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) < 100
    assert subprocess.run(["cmp", source, target], check=False).returncode == 0
