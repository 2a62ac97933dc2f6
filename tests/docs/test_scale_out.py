"""The configurations that the pages about several machines show are ones that the service takes."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from batchcompute.server.commands.main import run
from batchcompute.server.process.pools_file import POOLS

_DOCS = Path(__file__).parents[2] / "docs"
_PAGES = ("scale-out", "batch-systems", "kubernetes", "dask")
_BLOCK = re.compile(r"^( *)```toml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_BLOCKS = [
    textwrap.dedent(found[2])
    for page in _PAGES
    for found in _BLOCK.finditer((_DOCS / f"{page}.md").read_text("utf-8"))
]


def test_pages_show_configurations() -> None:
    assert len(_BLOCKS) >= 5


@pytest.mark.parametrize("text", _BLOCKS)
def test_configuration_is_taken(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "service.toml"
    path.write_text(text, encoding="utf-8")
    assert f"[{POOLS}." in text
    assert run(["config", "check", str(path)]) == 0, capsys.readouterr().err
