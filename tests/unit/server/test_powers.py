"""What keeps a program of root within its world."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest

from batchcompute.server.executors.attempt.worlds import powers


def test_root_keeps_what_it_may_have_in_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    arguments = list(powers.confine_root())
    assert arguments[:2] == ["--cap-drop", "ALL"]
    kept = {name for option, name in pairwise(arguments) if option == "--cap-add"}
    assert not kept & {"CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_SYS_RAWIO", "CAP_DAC_READ_SEARCH"}


def test_nobody_else_has_anything_to_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert list(powers.confine_root()) == []
