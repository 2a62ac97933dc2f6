"""The patches of CONTRIBUTING.md fit what they change; `make clients` replays the whole walk."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_PATCHES = re.findall(r"^```diff\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(_PATCHES)))
def test_patch_fits(number: int) -> None:
    done = subprocess.run(
        ["git", "apply", "--check", "-"],
        cwd=_ROOT,
        input=_PATCHES[number],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert len(_PATCHES) > 3
