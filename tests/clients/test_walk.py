"""The walk of CONTRIBUTING.md does what it says."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.clients import walk


@pytest.mark.timeout(1200)
def test_walk_of_the_page_prints_what_the_page_shows(tmp_path: Path) -> None:
    page = walk.PAGE.read_text(encoding="utf-8")
    assert page.count("$ make generate") == 2

    real = walk.replay(page, tmp_path)

    changes = difflib.unified_diff(page.splitlines(), real.splitlines(), "page", "real", "", "")
    assert "\n".join(changes) == "", 'run "python -m tests.clients.walk"'
