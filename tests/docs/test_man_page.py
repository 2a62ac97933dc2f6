"""The manual page has every command and option there is now."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from batchcompute.cli.catalogue import COMMANDS
from batchcompute.cli.man_page import page

_PAGE = Path(__file__).parents[2] / "docs" / "batchcompute.1"


def test_page_is_what_the_parsers_say() -> None:
    assert _PAGE.read_text(encoding="utf-8") == page(), "run `make man`"


def test_page_names_every_command() -> None:
    text = page()
    for command in COMMANDS:
        assert f".SS {command.name}\n" in text
    for words in (r"\-\-keep\-going", "clusters scale", r"\-\-without\-objects", ".SH EXIT STATUS"):
        assert words in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_page_is_read_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", _PAGE], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
