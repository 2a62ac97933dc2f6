"""The lines of the audit log."""

from __future__ import annotations

import json
from pathlib import Path

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.model.caller import Caller, Role


def test_lines_hold_any_name(tmp_path: Path) -> None:
    file = tmp_path / "audit.log"
    log = AuditLog(file)
    names = ["plain", "café", 'line\n"end"', "no \udc80 text"]
    for name in names:
        log.write(Caller(1, Role.USER, "key"), "delete", {"Key": name}, at="now")
    log.close()
    lines = file.read_text("utf-8").splitlines()
    assert [json.loads(line)["Target"]["Key"] for line in lines] == names
