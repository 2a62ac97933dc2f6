"""The synchronous clients: derived from the asynchronous ones, file by file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from codegen.ruff import run_ruff
from codegen.tree import compare
from codegen.unasync import synchronous

_ROOT = Path(__file__).resolve().parent.parent
#: The handwritten folder, and the one that follows from it.
SOURCE = _ROOT / "batchcompute" / "client" / "_async"
TARGET = _ROOT / "batchcompute" / "client" / "_sync"

HEADER = (
    "# Derived from batchcompute/client/_async. Do not edit: change that one, "
    'then run "make generate".\n'
)


def write(source: Path = SOURCE, target: Path = TARGET) -> None:
    """Replace the derived modules.

    Args:
        source: The folder of the asynchronous ones.
        target: The folder to fill.
    """
    fresh = _build(source)
    for path in target.glob("*.py"):
        if path.name not in fresh:
            path.unlink()
    target.mkdir(exist_ok=True)
    for name, text in fresh.items():
        (target / name).write_text(text, encoding="utf-8")


def differences(source: Path = SOURCE, target: Path = TARGET) -> Iterator[str]:
    """Yield how the derived modules differ from what their source gives now.

    Args:
        source: The folder of the asynchronous ones.
        target: The folder to look at; nothing in it is changed.
    """
    with tempfile.TemporaryDirectory(prefix="batchcompute-derive-") as scratch:
        for name, text in _build(source).items():
            (Path(scratch) / name).write_text(text, encoding="utf-8")
        yield from compare(Path(scratch), target)


def _build(source: Path) -> dict[str, str]:
    """Return the derived modules by their names."""
    with tempfile.TemporaryDirectory(prefix="batchcompute-derive-") as scratch:
        for path in sorted(source.glob("*.py")):
            text = HEADER + "\n" + synchronous(path.read_text(encoding="utf-8"))
            (Path(scratch) / path.name).write_text(text, encoding="utf-8")
        run_ruff(Path(scratch))
        return {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(Path(scratch).glob("*.py"))
        }
