# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._models import fields
from batchcompute._models.base import Jsonizable
from batchcompute_api import models as m


@fields.model
class CreateResult(Jsonizable):
    """What a creation made: the Id of a job, cluster or image, or the Name of an App.

    Attributes:
        Id: Id of the new job, cluster or image.
        Name: Name of the new App.
    """

    _is_status = True
    _read_only = True

    Id: str | None = fields.text()
    Name: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.CreateResult = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.CreateResult = ...,
            keep_unknown: bool = ...,
            Id: str | None = ...,
            Name: str | None = ...,
        ) -> None: ...
