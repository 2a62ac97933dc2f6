# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class ModifyConfigs(Jsonizable):
    """The part of Configs that can be changed.

    Attributes:
        Mounts: Replaces the mounts.
    """

    _required = ("Mounts",)

    Mounts: m.Mounts = fields.nested(lambda: m.Mounts)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ModifyConfigs = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ModifyConfigs = ...,
            keep_unknown: bool = ...,
            Mounts: m.Mounts | types.Mounts | None = ...,
        ) -> None: ...
