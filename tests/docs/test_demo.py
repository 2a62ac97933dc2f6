"""What `make demo` says at its end is true: its link opens the job, and its commands show it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.cli.terminals import Terminal

_ROOT = Path(__file__).parents[2]
_DEMO = _ROOT / "examples" / "demo.py"


def test_link_and_command_of_the_demo_work_while_it_waits(tmp_path: Path) -> None:
    program = (sys.executable, os.fspath(_DEMO), os.fspath(tmp_path / "demo"))
    with Terminal(environ=os.environ, columns=200, lines=60, program=program) as terminal:
        text = terminal.until(lambda text: "press Enter" in text)
        (link,) = re.findall(r"^\s+(http://\S+)$", text, re.MULTILINE)
        (job,) = set(re.findall(r"job-[0-9A-F]{32}", text))
        with httpx.Client(follow_redirects=True, trust_env=False) as browser:
            # A page of the console leads on to the job: browsers keep the cookie of a page, not
            # that of a way through it from elsewhere.
            assert f"/jobs/{job}" in browser.get(link).text
            page = browser.get(httpx.URL(link).join(f"/jobs/{job}"))
            assert (page.status_code, page.url.path) == (200, f"/jobs/{job}")
            assert job in page.text
        (show,) = (line.split() for line in text.splitlines() if " show last " in line)
        shown = subprocess.run(show, capture_output=True, text=True, timeout=60, check=True)
        assert f"Job:         {job}" in shown.stdout
        second = subprocess.run(
            program, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )
        assert (second.returncode, second.stdout[:18]) == (1, "A demo still waits")
        terminal.press(b"\r")
        assert terminal.end() == 0


def test_makefile_keeps_what_the_demo_did() -> None:
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    assert "examples/demo.py build/demo\n" in makefile
    assert "/build/" in (_ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
