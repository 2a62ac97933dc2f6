"""The start of a program is told though the forker that made its shim is gone by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchcompute.server.model import crash_points

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.emulator.executor.conftest import Bench


def test_start_is_told_without_the_forker(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A forker that dies before it can say what it forked; its shim says so to nobody.
    bench.executor.close(stop_attempts=False)
    marker = tmp_path / "marker"
    monkeypatch.setenv(crash_points.ENABLE, "kill")
    monkeypatch.setenv(crash_points.FAULT, f"fork.after:1:{marker}")
    bench.reopen()
    for number in range(4):
        bench.start(f"a.{number}", "sleep 600", worker_id=f"vm-{number}")
    for number in range(4):
        started = bench.events.started(f"a.{number}")
        assert started.started_at > 0
    assert marker.exists()
    bench.executor.stop([f"a.{number}" for number in range(4)])
    for number in range(4):
        assert bench.events.receipt(f"a.{number}").reason == "stopped"
