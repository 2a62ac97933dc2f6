"""The lines of the audit log."""

from __future__ import annotations

import json
from pathlib import Path

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.model.caller import Caller, Role


def test_lines_hold_any_name(tmp_path: Path) -> None:
    file = tmp_path / "audit.log"
    log = AuditLog(file)
    names = ["plain", "café", 'line\n"end"', "no \udc80 text", "a\u2028b\x85c\u202e"]
    for name in names:
        log.write(Caller(1, Role.USER, "key"), "delete", {"Key": name}, at="now")
    log.close()
    text = file.read_text("utf-8")
    assert "\u202e" not in text
    lines = text.splitlines()
    assert [json.loads(line)["Target"]["Key"] for line in lines] == names
