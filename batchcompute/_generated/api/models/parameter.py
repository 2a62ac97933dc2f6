# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Parameter(Jsonizable):
    """A declared input or output of an App. Answers about the public face of an App leave LocalPath
    out.

    Attributes:
        Description: Free text, at most 1000 characters.
        Type: Type of the value.
        Default: Value if the job gives none. Any JSON value that matches Type, or null for
            none. Outputs do not use it.
        LocalPath: Local path, ending in / for a directory. With it the value is a place in the
            store: an input is made available there, an output is taken from there.
    """

    Description: str | None = fields.text(default="")
    Type: m.ParameterType | None = fields.text(default="String")
    Default: Any = fields.anything(default=None)
    LocalPath: str | None = fields.text(default="")

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Parameter = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Parameter = ...,
            keep_unknown: bool = ...,
            Description: str | None = ...,
            Type: m.ParameterType | None = ...,
            Default: Any = ...,
            LocalPath: str | None = ...,
        ) -> None: ...
