"""The generated tree: built in an empty folder, compared byte for byte, swapped in whole."""

from __future__ import annotations

import difflib
import json
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from codegen import checks, client, guard
from codegen.document import digest, read
from codegen.postprocess import with_header
from codegen.ruff import run_ruff
from codegen.surface.build import environment

_TOOLS = ("openapi-python-client", "datamodel-code-generator", "ruff")


def build(spec: Path, target: Path) -> None:
    """Generate everything into a folder that does not exist yet.

    Args:
        spec: The specification.
        target: The folder to make.

    Raises:
        SpecError: The specification cannot be generated from, or a tool is missing or complained.
    """
    document = read(spec)
    guard.check(document)
    target.mkdir(parents=True)
    client.build(document, target / "api")
    checks.build_types(document, target / "types")
    checks.build_schemas(document, target / "schemas")
    doc = "Code generated from the contract. Programs import it from `batchcompute`."
    text = environment().get_template("doc.jinja").render(doc=doc)
    (target / "__init__.py").write_text(text, encoding="utf-8")
    for path in _python_files(target):
        path.write_text(with_header(path.read_text(encoding="utf-8")), encoding="utf-8")
    run_ruff(target)
    manifest = {"spec_sha256": digest(spec), **{tool: version(tool) for tool in _TOOLS}}
    (target / "MANIFEST.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def generate(spec: Path, target: Path) -> None:
    """Replace the generated tree; the old one stays if anything fails.

    Args:
        spec: The specification.
        target: The tree to replace.

    Raises:
        SpecError: See `build`.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".generate-") as scratch:
        fresh = Path(scratch) / "fresh"
        build(spec, fresh)
        old = Path(scratch) / "old"
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise


def differences(spec: Path, target: Path) -> Iterator[str]:
    """Yield how the tree differs from what the specification gives now.

    Args:
        spec: The specification.
        target: The tree to look at; nothing in it is changed.

    Yields:
        One text per file that is missing, is not generated any more, or has other bytes (a diff).
    """
    with tempfile.TemporaryDirectory(prefix="batchcompute-generate-") as scratch:
        fresh = Path(scratch) / "fresh"
        build(spec, fresh)
        yield from compare(fresh, target)


def compare(fresh: Path, target: Path) -> Iterator[str]:
    """Yield how a tree differs from a freshly generated one; see `differences`."""
    wanted, present = _files(fresh), _files(target)
    for name in sorted(wanted - present):
        yield f"missing: {name}"
    for name in sorted(present - wanted):
        yield f"not generated any more: {name}"
    for name in sorted(wanted & present):
        new, old = (fresh / name).read_bytes(), (target / name).read_bytes()
        if new != old:
            yield "".join(
                difflib.unified_diff(
                    old.decode("utf-8", "replace").splitlines(keepends=True),
                    new.decode("utf-8", "replace").splitlines(keepends=True),
                    f"{name} (in the tree)",
                    f"{name} (from the specification)",
                )
            )


def _files(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _python_files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.py"))
