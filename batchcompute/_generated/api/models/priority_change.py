# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class PriorityChange(Jsonizable):
    """A new priority for a job.

    Attributes:
        Priority: Order among the caller's own jobs, 0 to 1000. Larger runs first. Old clients
            send it as text.
    """

    Priority: str | int | None = fields.text_or_integer()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.PriorityChange = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.PriorityChange = ...,
            keep_unknown: bool = ...,
            Priority: str | int | None = ...,
        ) -> None: ...
