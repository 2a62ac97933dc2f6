"""The reference of the OSS protocol says what the service serves of the protocol, and no more."""

from __future__ import annotations

import re
from pathlib import Path

from batchcompute.server.object_api.routing import BUCKET, OBJECT, SERVICE, UNSERVED

_PAGE = (Path(__file__).parents[2] / "docs" / "object-protocol.md").read_text(encoding="utf-8")


def test_table_lists_every_operation_that_is_served() -> None:
    rows = re.findall(r"^\| (service|bucket|object) \| `(\w+)` \|", _PAGE, flags=re.MULTILINE)
    served = {("service", name) for name in SERVICE.values()}
    served |= {("bucket", name) for name in BUCKET.values()}
    served |= {("object", name) for name in OBJECT.values()}
    # Told from others by a header.
    served |= {("object", "CopyObject"), ("object", "UploadPartCopy")}
    assert len(rows) == len(set(rows))
    assert set(rows) == served


def test_everything_that_is_refused_is_named() -> None:
    listed = _PAGE.partition("recognised by these parameters:")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([\w-]+)`", listed)) == UNSERVED
