# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class InstanceError(Jsonizable):
    """Why the run of an App failed; empty texts if it did not.

    Attributes:
        Code: Kind of the failure. Free text; there is no published list.
        Message: Text about the failure.
    """

    _is_status = True
    _read_only = True

    Code: str | None = fields.text()
    Message: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.InstanceError = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.InstanceError = ...,
            keep_unknown: bool = ...,
            Code: str | None = ...,
            Message: str | None = ...,
        ) -> None: ...
