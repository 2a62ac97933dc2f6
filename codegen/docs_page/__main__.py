"""`python -m codegen.docs_page [FILE]`: write the API reference.

The program and the style of the page come from the npm registry and are written into the file, so
that it also opens from a disk, or in the embedded service, without a network.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from codegen.described import described
from codegen.document import operations, read

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent

#: Where the embedded service looks for the page.
SERVED = _ROOT / "batchcompute" / "server" / "docs" / "index.html"


class DocsError(Exception):
    """The page cannot be made."""


def page(document: dict[str, Any], script: str, style: str) -> str:
    """Return the whole page.

    Args:
        document: The contract.
        script: The bundle of Swagger UI.
        style: Its style sheet.
    """
    # "</" would end the element that the text stands in.
    parts = {
        "/*STYLE*/": style.replace("</", "<\\/"),
        "/*BUNDLE*/": script.replace("</script", "<\\/script"),
        "/*SPEC*/": json.dumps(_shown(document)).replace("</", "<\\/"),
    }
    head, *rest = _split((_HERE / "index.html").read_text(encoding="utf-8"), list(parts))
    return head + "".join(parts[mark] + text for mark, text in zip(parts, rest, strict=True))


def _split(text: str, marks: list[str]) -> list[str]:
    found = []
    for mark in marks:
        before, _, text = text.partition(mark)
        found.append(before)
    return [*found, text]


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """Put the examples into the document: the page has no folder beside it."""
    folder = _ROOT / "spec"
    shown: dict[str, Any] = described(document)
    waiting: list[Any] = [shown]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("externalValue"), str):
                text = (folder / node.pop("externalValue")).read_text(encoding="utf-8")
                node["value"] = json.loads(text)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return shown


def write(target: Path) -> None:
    """Fetch what the page is made of, and write it.

    Args:
        target: The file.

    Raises:
        DocsError: There is no npm, or it failed.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise DocsError("npm is needed to fetch Swagger UI; install Node.js")
    with tempfile.TemporaryDirectory(prefix="batchcompute-docs-") as scratch:
        shutil.copy(_HERE / "package.json", scratch)
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"],
            cwd=scratch,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DocsError(f"npm install failed: {done.stderr.strip()}")
        package = Path(scratch) / "node_modules" / "swagger-ui-dist"
        text = page(
            read(_ROOT / "spec" / "openapi.yaml"),
            (package / "swagger-ui-bundle.js").read_text(encoding="utf-8"),
            (package / "swagger-ui.css").read_text(encoding="utf-8"),
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the page.

    Args:
        arguments: The file; none for the one that the embedded service shows at /docs.

    Returns:
        0, or 1 if the page could not be made.
    """
    target = Path(arguments[0]) if arguments else SERVED
    try:
        write(target)
    except DocsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    count = len(list(operations(read(_ROOT / "spec" / "openapi.yaml"))))
    sys.stdout.write(f"wrote {target}: {count} operations, {target.stat().st_size // 1024} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
