from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def set_timezone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Change the local time zone of this process; it is restored afterwards."""

    def change(name: str) -> None:
        patch.setenv("TZ", name)
        time.tzset()

    with monkeypatch.context() as patch:
        yield change
    time.tzset()
