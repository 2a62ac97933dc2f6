"""Whether the document is OpenAPI 3.0.3 at all."""

from __future__ import annotations

from collections.abc import Iterator

from openapi_spec_validator import OpenAPIV30SpecValidator
from openapi_spec_validator.validation.exceptions import (
    DuplicateOperationIDError,
    UnresolvableParameterError,
)

from codegen.lint.problem import Finding
from codegen.lint.spec import Spec

VERSION = "3.0.3"


def valid_openapi(spec: Spec) -> Iterator[Finding]:
    """The document is valid OpenAPI, of the one version that every generator reads."""
    version = spec.document.get("openapi")
    if version != VERSION:
        yield ("openapi",), f"The version must be {VERSION}, not {version}."
        return
    for error in OpenAPIV30SpecValidator(spec.document).iter_errors():
        # Our own rules say these two better, and with the place.
        if not isinstance(error, DuplicateOperationIDError | UnresolvableParameterError):
            yield tuple(error.absolute_path), f"{error.message}."
