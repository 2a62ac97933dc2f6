# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class NAS(Jsonizable):
    """Network file systems that may be mounted.

    Attributes:
        AccessGroup: Permission groups.
        FileSystem: File systems.
    """

    AccessGroup: list[str] = fields.array(fields.Text())
    FileSystem: list[str] = fields.array(fields.Text())

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.NAS = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.NAS = ...,
            keep_unknown: bool = ...,
            AccessGroup: list[str] | None = ...,
            FileSystem: list[str] | None = ...,
        ) -> None: ...
