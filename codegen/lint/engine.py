"""Running the rules over a specification."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from codegen.lint import clients, descriptions, examples, extensions, names, operations, references
from codegen.lint import schemas as schema_rules
from codegen.lint.problem import Finding, Problem, json_path
from codegen.lint.reading import read
from codegen.lint.spec import Spec
from codegen.lint.validity import valid_openapi

Rule = Callable[[Spec], Iterator[Finding]]

READABLE = "readable"

#: These decide whether the others can look at the document at all.
_FIRST: Mapping[str, Rule] = {
    "ref-resolves": references.ref_resolves,
    "valid-openapi": valid_openapi,
}

_REST: Mapping[str, Rule] = {
    "unused-component": references.unused_component,
    "operation-id": operations.operation_id,
    "one-tag": operations.one_tag,
    "default-error": operations.default_error,
    "request-id": operations.request_id,
    "path-parameter": operations.path_parameter,
    "query-variant": operations.query_variant,
    "extension-path": operations.extension_path,
    "idempotent": operations.idempotent,
    "inline-object": schema_rules.inline_object,
    "open-object": schema_rules.open_object,
    "composition": schema_rules.composition,
    "open-enum": schema_rules.open_enum,
    "scalar-default": schema_rules.scalar_default,
    "required-known": schema_rules.required_known,
    "time": schema_rules.time,
    "description": descriptions.description,
    "example-present": examples.example_present,
    "example-file": examples.example_file,
    "example-valid": examples.example_valid,
    "example-orphan": examples.example_orphan,
    "extension-known": extensions.extension_known,
    "extension-value": extensions.extension_value,
    "extension-role": extensions.extension_role,
    "extension-names": extensions.extension_names,
    "extension-read": clients.extension_read,
    "error-table": clients.error_table,
    "operation-errors": clients.operation_errors,
    "pagination": clients.pagination,
    "variant": clients.variant,
    "argument": clients.argument,
    "name": names.name,
}

#: Ids of all rules.
RULES: tuple[str, ...] = (READABLE, *_FIRST, *_REST)


def run(spec_path: str | os.PathLike[str]) -> list[Problem]:
    """Check a specification and the examples beside it.

    A file that is not readable, not valid OpenAPI or has dangling references is reported for that
    alone: what the other rules would say about it is noise.

    Args:
        spec_path: The YAML file.

    Returns:
        The problems, ordered by place.
    """
    document, findings = read(spec_path)
    if findings:
        return _problems(READABLE, findings)
    spec = Spec(document, spec_path)
    for rule_id, rule in _FIRST.items():
        if problems := _problems(rule_id, rule(spec)):
            return problems
    return sorted(
        problem for rule_id, rule in _REST.items() for problem in _problems(rule_id, rule(spec))
    )


def _problems(rule_id: str, findings: Iterator[Finding] | list[Finding]) -> list[Problem]:
    return sorted({Problem(json_path(where), rule_id, sentence) for where, sentence in findings})
