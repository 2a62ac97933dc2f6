"""The package with another generated tree in it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def package_with(generated: Path, folder: Path) -> Path:
    """Make a folder to import `batchcompute` from, which has another generated tree.

    Args:
        generated: The tree.
        folder: The folder to make.
    """
    package = folder / "batchcompute"
    package.mkdir(parents=True)
    for path in (ROOT / "batchcompute").iterdir():
        if path.name not in ("_generated", "__pycache__"):
            (package / path.name).symlink_to(path)
    (package / "_generated").symlink_to(generated)
    return folder
