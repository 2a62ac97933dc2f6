"""An agent of the network executor, where its own machine fails it."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.network.agent.contact import Contact
from batchcompute.server.executors.network.agent.conversation import Conversation
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.agent.stay import Stay


def _fail(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_orders_are_carried_out_though_the_lease_cannot_be_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    options = AgentOptions("https://127.0.0.1:1", tmp_path, "token")
    contact = Contact(options, tmp_path)
    obeyed: list[Any] = []
    conversation: Any = Conversation(
        options, contact, Stay(None), threading.Condition(), obeyed.append
    )
    conversation.begin("boot")
    monkeypatch.setattr(contact, "renew", _fail)
    conversation._obey(0.0, {"boot": "boot", "first": 1, "ack": 0, "items": [["forget", ["a"]]]})
    assert obeyed == [["forget", ["a"]]]
    assert "No space left" in caplog.text
