"""Print what CHANGELOG.md says of a release: `python packaging/notes.py 3.1.0`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_CHANGELOG = Path(__file__).resolve().parents[1] / "CHANGELOG.md"


def main(version: str) -> int:
    """Print the section.

    Args:
        version: A version.

    Returns:
        0, or 1 if nothing is said of it.
    """
    text = _CHANGELOG.read_text(encoding="utf-8")
    for section in re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        if version in re.split(r"[\s:]+", title):
            sys.stdout.write(body.strip() + "\n")
            return 0
    sys.stderr.write(f"{_CHANGELOG.name} has no section of {version}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
