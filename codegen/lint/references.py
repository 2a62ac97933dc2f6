"""Rules about references and components."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.lint.problem import Finding, Location
from codegen.lint.spec import Spec


def ref_resolves(spec: Spec) -> Iterator[Finding]:
    """Every reference points at something in this document."""
    for location, ref in references(spec.document, ()):
        if spec.lookup(ref) is None:
            yield location, f"The reference {ref} points at nothing in this document."


def unused_component(spec: Spec) -> Iterator[Finding]:
    """Every component is reachable from an operation or from the security in force."""
    reached: set[str] = set()
    waiting = [ref for _, ref in references(spec.document.get("paths", {}), ())]
    for requirement in spec.document.get("security", ()):
        waiting += [f"#/components/securitySchemes/{name}" for name in requirement]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += [inner for _, inner in references(spec.lookup(ref), ())]
    for kind, group in spec.document.get("components", {}).items():
        for name in group:
            if f"#/components/{kind}/{name}" not in reached:
                yield ("components", kind, name), "Nothing uses this component."


def references(value: object, location: Location) -> Iterator[tuple[Location, str]]:
    """Walk all references: `$ref`, discriminator mappings and those in extensions."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from references(item, (*location, index))
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        place = (*location, key)
        if key in ("$ref", "x-open-enum") and isinstance(member, str):
            yield place, member
        elif key == "mapping" and location and location[-1] == "discriminator":
            yield from (((*place, name), ref) for name, ref in member.items())
        elif key == "x-signed-headers":
            yield from (((*place, index), str(ref)) for index, ref in enumerate(member))
        else:
            yield from references(member, place)
