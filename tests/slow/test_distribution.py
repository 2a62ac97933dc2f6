"""The wheel and the sdist, built from a copy of the checkout and used outside of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

# Whichever test is the first one builds for all of them.
pytestmark = pytest.mark.timeout(900)

_ROOT = Path(__file__).parents[2]
_IGNORED = shutil.ignore_patterns(
    ".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "dist"
)

_BARE = """
import sys
from batchcompute import CN_SHENZHEN, Client
from batchcompute.resources import JobDescription
Client(CN_SHENZHEN, "id", "secret").close()
assert JobDescription(Name="n").Name == "n"
assert "pydantic" not in sys.modules
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, built from a copy, so that nothing of this checkout leaks in."""
    place = tmp_path_factory.mktemp("build")
    source = place / "source"
    shutil.copytree(_ROOT, source, ignore=_IGNORED)
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", place / "dist", source)
    return place / "dist"


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_installs_and_runs_a_job_outside_the_checkout(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    _run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")

    _run(*pip, wheel)
    _run(python, "-c", _BARE, cwd=tmp_path)
    missing = subprocess.run(
        [python, "-m", "batchcompute.server", "serve"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert missing.returncode != 0
    assert "pip install 'batchcompute[local]'" in missing.stderr
    assert "Traceback" not in missing.stderr
    # The command needs nothing besides the SDK.
    command = tmp_path / "venv" / "bin" / "batchcompute"
    assert "submit" in _run(command, "--help")
    unnamed = subprocess.run(
        [command, "jobs"],
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert unnamed.returncode == 1
    assert unnamed.stderr.startswith("error: no service runs here")

    _run(*pip, f"{wheel}[local]")
    assert _run(python, _ROOT / "packaging" / "smoke.py", cwd=tmp_path).strip() == "installed"


def test_wheel_needs_attrs_and_httpx_alone_and_ships_no_tools(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        lines = archive.read(name).decode().splitlines()
    needed = [
        line for line in lines if line.startswith("Requires-Dist:") and "extra ==" not in line
    ]

    assert sorted(line.split()[1].split("<")[0].split(">")[0] for line in needed) == [
        "attrs",
        "httpx",
    ]
    names = _wheel_names(wheel)
    roots = {name.split("/")[0] for name in names}
    beside = (".dist-info", ".data")
    assert {root for root in roots if not root.endswith(beside)} == {"batchcompute"}
    (manual,) = (name for name in names if name.split("/")[0].endswith(".data"))
    assert manual.endswith(".data/data/share/man/man1/batchcompute.1")


def test_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    (wheel,) = built.glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert (source / "spec" / "openapi.yaml").is_file()
    assert (source / "tests").is_dir()

    _run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, source)

    (again,) = tmp_path.glob("*.whl")
    assert _wheel_names(again) == _wheel_names(wheel)
