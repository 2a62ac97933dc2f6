"""An agent of the network executor, where its own machine fails it."""

from __future__ import annotations

import errno
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.network.agent.contact import Contact
from batchcompute.server.executors.network.agent.conversation import Conversation
from batchcompute.server.executors.network.agent.meeting import Meeting
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.agent.own_folder import OwnFolder
from batchcompute.server.executors.network.agent.stay import Stay
from batchcompute.server.executors.network.protocol import Joined


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


def test_agent_joins_though_its_disk_is_full_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    options = AgentOptions("https://127.0.0.1:1", tmp_path, "token")
    contact, folder, stay = Contact(options, tmp_path), OwnFolder(tmp_path), Stay(None)
    meeting: Any = Meeting(options, folder, contact, stay)
    renew, tries = contact.renew, [_fail, _fail, _fail]
    slept: list[float] = []

    def sleep(seconds: float) -> bool:
        slept.append(seconds)
        return False

    monkeypatch.setattr(contact, "renew", lambda *told: (tries.pop() if tries else renew)(*told))
    monkeypatch.setattr(stay, "sleep", sleep)
    assert meeting._begin_as(Joined("i-1"), 0.0)
    assert folder.vm() == "i-1"
    assert slept == [0.1, 0.2, 0.4]
    assert caplog.text.count("No space left") == 1


def test_copy_of_a_folder_is_not_taken_for_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "agent"
    own = OwnFolder(folder)
    own.open()
    before = own.machine()
    shutil.copytree(folder, tmp_path / "copy")
    assert OwnFolder(tmp_path / "copy").machine() != before
    own.close()
    # It stays the same wherever it is moved to, and when the agent is started again.
    folder.rename(tmp_path / "moved")
    assert OwnFolder(tmp_path / "moved").machine() == before


def test_walltime_is_waited_for_and_not_looked_for() -> None:
    assert Stay(None).seconds_left() is None
    left = Stay(3600.0).seconds_left()
    assert left is not None
    assert 0 < left <= 3600.0
    # It is over, and whoever sees that does not look again at once.
    over = Stay(1.0).seconds_left()
    assert over is not None
    assert over > 0


def test_agent_that_sleeps_wakes_when_it_is_told_to_leave() -> None:
    there = Stay(None)
    assert not there.sleep(0.001)
    sleepers = [threading.Thread(target=there.sleep, args=(None,), daemon=True) for _ in range(3)]
    for sleeper in sleepers:
        sleeper.start()
    # By a signal, which comes in the main thread, and perhaps twice.
    there.end("it was told to go")
    there.end("it was told to go")
    for sleeper in sleepers:
        sleeper.join(60)
        assert not sleeper.is_alive()
    assert there.sleep(3600.0)
