# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Result(Jsonizable):
    """How an attempt ended.

    Attributes:
        ExitCode: Exit code of the program; 0 is success, and 0 until the program has run.
        ErrorCode: Kind of a failure that is not the program's own, such as a download or a
            timeout. Free text; there is no published list.
        ErrorMessage: Text about such a failure.
        Detail: More about such a failure.
    """

    _is_status = True
    _read_only = True

    ExitCode: int = fields.integer()
    ErrorCode: str = fields.text()
    ErrorMessage: str = fields.text()
    Detail: str = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Result = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Result = ...,
            keep_unknown: bool = ...,
            ExitCode: int | None = ...,
            ErrorCode: str | None = ...,
            ErrorMessage: str | None = ...,
            Detail: str | None = ...,
        ) -> None: ...
