"""An agent of the network executor, where its own machine fails it."""

from __future__ import annotations

import errno
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.agent.session import Session
from batchcompute.server.executors.network.agent import AgentOptions, NetworkAgent


class _Executor:
    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, attempt_ids: Collection[str]) -> None:
        self.forgotten += attempt_ids


def test_orders_are_carried_out_though_the_lease_cannot_be_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    agent: Any = NetworkAgent(AgentOptions("https://127.0.0.1:1", tmp_path, "token"))
    agent._session = Session("boot")
    executor = agent._executor = _Executor()

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(agent._lease, "renew", fail)
    agent._obey(0.0, {"boot": "boot", "first": 1, "ack": 0, "items": [["forget", ["a"]]]})
    assert executor.forgotten == ["a"]
    assert "No space left" in caplog.text
