"""Write the version of a tag into the package: `python packaging/version.py v3.1.0`.

The tag decides; the tree of a release has no other place where its version stands.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
#: What this project gives: 3.1.0, 3.1.0a2, 3.1.0rc1.
_TAG = re.compile(r"v(\d+\.\d+\.\d+((a|b|rc)\d+)?)")


def main(tag: str) -> int:
    """Write the version.

    Args:
        tag: A tag of a release.

    Returns:
        0, or 1 if the tag is none.
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        sys.stderr.write(f"{tag} is no tag of a release: v3.1.0, v3.1.0a2 or v3.1.0rc1\n")
        return 1
    path = _ROOT / "batchcompute" / "_version.py"
    text = path.read_text(encoding="utf-8")
    changed, count = re.subn(r'__version__ = "[^"]*"', f'__version__ = "{found[1]}"', text)
    if count != 1:
        sys.stderr.write(f"{path} has no version\n")
        return 1
    path.write_text(changed, encoding="utf-8")
    return subprocess.run([sys.executable, "-m", "hatchling", "version"], cwd=_ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
