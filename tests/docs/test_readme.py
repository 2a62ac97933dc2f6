"""Every command and every program of the README works, or is run by CI."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _README, flags=re.DOTALL)


def _printed_by(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout.splitlines()


def test_programs_of_the_readme_print_what_they_promise() -> None:
    hello, first, modern = _blocks("python")

    assert _printed_by(hello) == ["Hello"] * 3
    assert _printed_by(first) == [
        "all is well",
        *(f"Finished I am number {number}" for number in range(3)),
    ]
    active, *images, refusal = _printed_by(modern)
    assert active == "Active 2"
    assert "img-ubuntu" in images
    assert refusal == "get_job InvalidResource.NotFound"


def test_make_commands_of_the_readme_are_run_by_ci() -> None:
    script = (_ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [
        line
        for block in _blocks("console")
        for line in block.splitlines()
        if line.startswith("make")
    ]

    assert commands == ["make demo", "make test", "make demo-pipeline"]
    for command in commands:
        assert re.search(rf"^\s*{command}\b", script, flags=re.MULTILINE), command


def test_service_commands_of_the_readme_lead_an_unmodified_program_there(tmp_path: Path) -> None:
    serve, use = (block.strip() for block in _blocks("console") if "batchcompute.server" in block)
    # The interpreter of this run, and a free port: another service may have the usual one.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path}
    assert "--port 8642" in serve
    server = subprocess.Popen(
        ["sh", "-c", "exec " + serve.replace("--port 8642", "--port 0")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env=environ,
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("listening on http://127.0.0.1:")
        program = f"{use}\nexec python {_ROOT / 'examples' / 'quickstart.py'}"
        done = subprocess.run(
            ["sh", "-c", program],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environ,
            timeout=300,
            check=True,
        )
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=300)

    assert done.stdout.count("Finished, exit code 0") == 3
    outputs = sorted(
        (tmp_path / "service-data" / "objects" / "my-bucket" / "logs").glob("stdout.*")
    )
    assert [path.read_text() for path in outputs] == ["Batchcompute service\n"] * 3


def test_links_of_the_documents_lead_somewhere() -> None:
    for name in (
        "README.md",
        "README.zh-CN.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "spec/README.md",
        "docs/cli.md",
        "docs/compatibility.md",
        "docs/migration.md",
        "docs/service.md",
    ):
        document = _ROOT / name
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{name}: {target}"
