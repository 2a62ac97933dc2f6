"""The contract for people: what is data in it, also written out in its descriptions."""

from __future__ import annotations

import copy
from typing import Any

from codegen.document import operations, resolve
from codegen.surface.errors import ErrorTable


def described(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy whose descriptions have the errors and the signed headers in them.

    Args:
        document: The specification.
    """
    document = copy.deepcopy(document)
    table = ErrorTable(document)
    for _, _, operation in operations(document):
        errors = operation.get("x-errors", {})
        if errors:
            lines = []
            for code, sentence in errors.items():
                row = table.row(code)
                lines.append(f"- {row.status if row else ''} `{code}`: {sentence}")
            _append(operation, "Errors:\n\n" + "\n".join(lines))
    failed = document["components"].get("responses", {}).get("Failed")
    if failed is not None and table.rows:
        _append(failed, "The codes:\n\n" + table.markdown())
    for scheme in document["components"].get("securitySchemes", {}).values():
        references = scheme.get("x-signed-headers", ())
        if references:
            headers = [resolve(document, {"$ref": reference}) for reference in references]
            rows = [
                f"| {one['name']} | {'yes' if one.get('required') else 'no'} | "
                f"{' '.join(one['description'].split())} |"
                for one in headers
            ]
            head = "| Header | Required | What |\n|---|---|---|\n"
            _append(scheme, "The headers that take part:\n\n" + head + "\n".join(rows))
    return document


def _append(element: dict[str, Any], text: str) -> None:
    element["description"] = f"{element.get('description', '').rstrip()}\n\n{text}\n"
