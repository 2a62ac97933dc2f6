"""The rule about names that are awkward in programming languages."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from codegen.lint.problem import Finding, Location
from codegen.lint.spec import Spec

_CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*")
#: Splitters of camel case make "vcp_us" of VCPUs and "i_pv_4" of IPv4.
_UNSPLITTABLE = re.compile(r"[A-Z]{2,}s(?![a-z])|[0-9]")


def name(spec: Spec) -> Iterator[Finding]:
    """Names are upper camel case, no keywords, and stay distinct when case is lost."""
    for location, siblings in _groups(spec):
        seen: dict[str, str] = {}
        for found in siblings:
            if not _CAMEL.fullmatch(found) or keyword.iskeyword(found):
                yield (*location, found), f"{found!r} is no upper camel case name."
            elif _UNSPLITTABLE.search(found):
                yield (*location, found), f"{found!r} cannot be split into words reliably."
            if (other := seen.setdefault(found.lower(), found)) != found:
                yield (*location, found), f"{found!r} differs from {other!r} in case only."


def _groups(spec: Spec) -> Iterator[tuple[Location, list[str]]]:
    """Walk groups of names that stand beside each other in generated code."""
    yield ("components", "schemas"), list(spec.components("schemas"))
    for owner, schema in spec.objects():
        place = ("components", "schemas", owner, "properties")
        yield place, list(schema.get("properties", {}))
    for operation in spec.operations():
        parameters = [p["name"] for p in spec.parameters(operation) if p.get("in") != "header"]
        yield (*operation.location, "parameters"), parameters
