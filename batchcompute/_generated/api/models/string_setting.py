# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class StringSetting(Jsonizable):
    """A resource setting whose value is a text.

    Attributes:
        Description: Free text.
        Default: The value unless a job replaces it.
        Overwritable: Whether a job may replace the value.
    """

    Description: str | None = fields.text(default="")
    Default: str | None = fields.text()
    Overwritable: bool | None = fields.boolean(default=True)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.StringSetting = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.StringSetting = ...,
            keep_unknown: bool = ...,
            Description: str | None = ...,
            Default: str | None = ...,
            Overwritable: bool | None = ...,
        ) -> None: ...
