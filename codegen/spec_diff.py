"""`python -m codegen.spec_diff BASE [HEAD]`: what changed in the contract, and what of it breaks callers.

A description is what callers write and a status is what they read, so the same change can be
compatible on one and breaking on the other. Texts and examples are left out.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from codegen.document import Schema, SpecError, operations, ref_name, schemas

_ROOT = Path(__file__).resolve().parent.parent
_SPEC = "spec/openapi.yaml"

#: Limits of values, and whether a larger one allows more.
_LIMITS = {
    "minimum": False,
    "minLength": False,
    "minItems": False,
    "minProperties": False,
    "maximum": True,
    "maxLength": True,
    "maxItems": True,
    "maxProperties": True,
}
_FACTS = ("x-idempotent", "x-idempotency-token", "deprecated")


@dataclass(frozen=True, order=True)
class Change:
    """One change.

    Attributes:
        breaking: Whether a correct caller of the old contract may fail with the new one.
        name: What changed: an operation, a schema, or `Schema.Property`.
        text: How.
    """

    breaking: bool
    name: str
    text: str

    def __str__(self) -> str:
        """Give one line."""
        return f"{'breaking' if self.breaking else 'compatible'}: {self.name}: {self.text}"


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return all changes from one document to another, the breaking ones first.

    Args:
        old: The contract that callers were written for.
        new: The contract that they meet.
    """
    found = {*_operations(old, new), *_schemas(old, new), *_security(old, new)}
    return sorted(found, key=lambda change: (not change.breaking, change.name, change.text))


def unnamed(changes: list[Change], changelog: str) -> list[Change]:
    """Return the breaking changes that no entry of the change log names.

    Args:
        changes: What changed.
        changelog: Its text. An entry counts if it says "Breaking" and has the name in backticks.
    """
    entries = re.split(r"\n(?=- |#)", changelog)
    breaking = [entry for entry in entries if "**Breaking" in entry]
    return [
        change
        for change in changes
        if change.breaking and not any(f"`{change.name}`" in entry for entry in breaking)
    ]


def _operations(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before = {
        operation["operationId"]: (path, way, operation) for path, way, operation in operations(old)
    }
    after = {
        operation["operationId"]: (path, way, operation) for path, way, operation in operations(new)
    }
    for name in before.keys() - after.keys():
        yield Change(True, name, "the operation was removed")
    for name in after.keys() - before.keys():
        yield Change(False, name, "the operation was added")
    for name in before.keys() & after.keys():
        (path, way, operation), (path_now, way_now, operation_now) = before[name], after[name]
        if (path, way) != (path_now, way_now):
            yield Change(True, name, f"{way.upper()} {path} became {way_now.upper()} {path_now}")
        yield from _parameters(
            name, _parameters_of(old, operation), _parameters_of(new, operation_now)
        )
        yield from _bodies(name, operation, operation_now)
        if operation["tags"] != operation_now["tags"]:
            yield Change(True, name, "its tag, the group in generated clients, changed")
        for fact in _FACTS:
            if operation.get(fact) != operation_now.get(fact):
                worse = fact == "x-idempotent" and operation.get(fact) is True
                yield Change(
                    worse, name, _became(fact, operation.get(fact), operation_now.get(fact))
                )


def _parameters_of(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Schema]:
    found = {}
    for parameter in operation.get("parameters", ()):
        target = ref_name(parameter)
        full = parameter if target is None else document["components"]["parameters"][target]
        found[f"{full['in']} parameter {full['name']}"] = full
    return found


def _parameters(name: str, old: dict[str, Schema], new: dict[str, Schema]) -> Iterator[Change]:
    for key in old.keys() - new.keys():
        yield Change(True, name, f"{key} was removed")
    for key in new.keys() - old.keys():
        needed = bool(new[key].get("required"))
        yield Change(needed, name, f"{key} was added{', and is required' if needed else ''}")
    for key in old.keys() & new.keys():
        before, after = old[key], new[key]
        if bool(before.get("required")) != bool(after.get("required")):
            needed = bool(after.get("required"))
            yield Change(
                needed, name, f"{key} {'is required now' if needed else 'is optional now'}"
            )
        for breaking, text in _values(before["schema"], after["schema"], written=True):
            yield Change(breaking, name, f"{key}: {text}")


def _bodies(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    pairs = [("the body", old.get("requestBody"), new.get("requestBody"))]
    answers = [
        {status: answer for status, answer in operation["responses"].items() if status[0] == "2"}
        for operation in (old, new)
    ]
    if answers[0].keys() != answers[1].keys():
        # Clients accept any 2xx.
        yield Change(
            False, name, _became("the status", ", ".join(answers[0]), ", ".join(answers[1]))
        )
    pairs.append(("the answer", next(iter(answers[0].values())), next(iter(answers[1].values()))))
    for what, before, after in pairs:
        one, two = _kind(_content(before)), _kind(_content(after))
        if one != two:
            added = before is None and not (after or {}).get("required")
            yield Change(not added, name, _became(what, one, two))


def _content(holder: Any) -> Schema:
    found: Schema = ((holder or {}).get("content", {}).get("application/json", {})).get(
        "schema", {}
    )
    return found


def _schemas(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = schemas(old), schemas(new)
    for name in before.keys() - after.keys():
        yield Change(True, name, "the schema was removed")
    for name in after.keys() - before.keys():
        yield Change(False, name, "the schema was added")
    for name in before.keys() & after.keys():
        one, two = before[name], after[name]
        written = two.get("x-role") != "status"
        for breaking, text in _values(one, two, written=written):
            yield Change(breaking, name, text)
        yield from _members(name, one, two, written=written)


def _members(owner: str, old: Schema, new: Schema, *, written: bool) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needed_now = set(old.get("required", ())), set(new.get("required", ()))
    for name in before.keys() - after.keys():
        yield Change(True, f"{owner}.{name}", "the property was removed")
    for name in after.keys() - before.keys():
        hard = written and name in needed_now
        yield Change(
            hard, f"{owner}.{name}", f"the property was added{', and is required' if hard else ''}"
        )
    for name in before.keys() & after.keys():
        for breaking, text in _values(before[name], after[name], written=written):
            yield Change(breaking, f"{owner}.{name}", text)
        if name in needed_now - needed:
            yield Change(written, f"{owner}.{name}", "is required now")
        if name in needed - needed_now:
            yield Change(not written, f"{owner}.{name}", "may be absent now")


def _values(old: Schema, new: Schema, *, written: bool) -> Iterator[tuple[bool, str]]:
    """Compare what a value may be: narrower breaks those who write, another type everybody."""
    if _kind(old) != _kind(new):
        yield True, _became("the type", _kind(old), _kind(new))
        return
    known, known_now = old.get("enum", []), new.get("enum", [])
    for value in known:
        if value not in known_now:
            yield True, f"the value {value} was removed"
    for value in known_now:
        if value not in known:
            yield False, f"the value {value} was added"
    for key, larger_is_wider in _LIMITS.items():
        one, two = old.get(key), new.get(key)
        if one != two:
            wider = two is None or (one is not None and (two > one) == larger_is_wider)
            yield written and not wider, _became(key, one, two)
    for key in ("pattern", "format"):
        if old.get(key) != new.get(key):
            breaking = written and new.get(key) is not None
            yield breaking, _became(key, old.get(key), new.get(key))
    if old.get("default") != new.get("default"):
        both = "default" in old and "default" in new
        yield both, _became("the default", old.get("default"), new.get("default"))
    for key in sorted(old.keys() | new.keys()):
        if key.startswith("x-") and old.get(key) != new.get(key):
            yield False, f"{key} changed"
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            for breaking, text in _values(old[key], new[key], written=written):
                yield breaking, f"{'items' if key == 'items' else 'values'}: {text}"


def _kind(schema: Schema) -> str:
    """Name the type of a value, as far as a change of it is a change of type."""
    target = ref_name(schema)
    if target is not None:
        return target
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(sorted(_kind(part) for part in schema[key]))
    kind = str(schema.get("type", "nothing" if not schema else "anything"))
    for key, word in (("items", "of"), ("additionalProperties", "with values of")):
        if isinstance(schema.get(key), dict):
            kind += f" {word} {_kind(schema[key])}"
    return kind


def _became(what: str, old: object, new: object) -> str:
    if old is None:
        return (
            f"{what} {new!r} was added" if not isinstance(new, str) else f"{what} {new} was added"
        )
    if new is None:
        return f"{what} {old} was removed"
    return f"{what} {old} became {new}"


def _security(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = (
        _bare(document["components"].get("securitySchemes", {})) for document in (old, new)
    )
    if before != after or old.get("security") != new.get("security"):
        yield Change(True, "acsSignature", "how requests are signed changed")


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(member) for key, member in value.items() if key != "description"}
    return value


def _read(revision: str | None, path: Path | None) -> dict[str, Any]:
    """Read the contract of a revision, or of the working tree."""
    if path is not None:
        text = path.read_text(encoding="utf-8")
    elif revision is None:
        text = (_ROOT / _SPEC).read_text(encoding="utf-8")
    else:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), "show", f"{revision}:{_SPEC}"],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            raise SpecError(f"{revision} has no {_SPEC}: {done.stderr.strip()}")
        text = done.stdout
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def _side(given: str | None) -> tuple[str | None, Path | None]:
    path = Path(given) if given is not None and given.endswith((".yaml", ".yml")) else None
    return (None, path) if path is not None else (given, None)


def main(arguments: list[str] | None = None) -> int:
    """Print the changes.

    Args:
        arguments: The command line without the program's name; None takes the real one.

    Returns:
        0 if all is well; 1 if a breaking change is not named in the change log; 2 if a revision
        cannot be read.
    """
    parser = argparse.ArgumentParser(prog="python -m codegen.spec_diff", description=__doc__)
    parser.add_argument("base", help="a revision, or a file that ends in .yaml")
    parser.add_argument("head", nargs="?", help="the same; the working tree if it is left out")
    parser.add_argument("--changelog", type=Path, default=_ROOT / "CHANGELOG.md")
    given = parser.parse_args(arguments)
    try:
        changes = compare(_read(*_side(given.base)), _read(*_side(given.head)))
    except (SpecError, OSError, yaml.YAMLError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    for change in changes:
        sys.stdout.write(f"{change}\n")
    breaking = sum(change.breaking for change in changes)
    head = given.head or "the working tree"
    sys.stdout.write(
        f"{given.base} to {head}: {breaking} breaking, {len(changes) - breaking} compatible\n"
    )
    missing = unnamed(changes, _read_log(given.changelog))
    for change in missing:
        sys.stdout.write(f"{given.changelog.name} has no **Breaking** entry with `{change.name}`\n")
    return 1 if missing else 0


def _read_log(path: Path) -> str:
    """Return a change log, with the entries beside it that the next release takes in."""
    fragments = sorted((path.parent / "changelog.d").glob("*.md"))
    entries = [f"- {each.read_text(encoding='utf-8')}" for each in fragments]
    return "\n".join([path.read_text(encoding="utf-8"), *entries])


if __name__ == "__main__":
    sys.exit(main())
