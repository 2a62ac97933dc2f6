# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class AppRevision(mixins.Updated, Jsonizable):
    """One revision of an App.

    Attributes:
        Revision: Number of the revision, from 0.
        UpdateTime: When the revision was stored.
    """

    _is_status = True
    _read_only = True

    Revision: int = fields.integer()
    UpdateTime: datetime = fields.time()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AppRevision = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AppRevision = ...,
            keep_unknown: bool = ...,
            Revision: int | None = ...,
            UpdateTime: datetime | float | str | None = ...,
        ) -> None: ...
