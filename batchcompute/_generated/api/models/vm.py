# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class VM(Jsonizable):
    """VM image of an App.

    Attributes:
        ECSImageId: ECS image (m-...) or registered image (img-...).
    """

    _required = ("ECSImageId",)

    ECSImageId: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.VM = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.VM = ...,
            keep_unknown: bool = ...,
            ECSImageId: str | None = ...,
        ) -> None: ...
