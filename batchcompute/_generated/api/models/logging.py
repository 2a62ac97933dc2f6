# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Logging(Jsonizable):
    """Where the output of an App run goes.

    Attributes:
        StdoutPath: Place in the store (oss://...) for standard output.
        StderrPath: Place in the store (oss://...) for standard error.
    """

    StdoutPath: str | None = fields.text()
    StderrPath: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Logging = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Logging = ...,
            keep_unknown: bool = ...,
            StdoutPath: str | None = ...,
            StderrPath: str | None = ...,
        ) -> None: ...
