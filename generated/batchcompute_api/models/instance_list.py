# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from batchcompute._models import fields
from batchcompute._models.base import Jsonizable
from batchcompute_api import models as m

if TYPE_CHECKING:
    import batchcompute_types as types


@fields.model
class InstanceList(Jsonizable):
    """One page of instances.

    Attributes:
        NextMarker: Marker of the next page, an integer or its text; empty or the number 0 on
            the last one. A server answers with an integer, and with an empty text on the last page.
        Items: The instances of this page.
    """

    _is_status = True
    _read_only = True

    NextMarker: str | int = fields.text_or_integer()
    Items: list[m.Instance] = fields.array(fields.Nested(lambda: m.Instance))

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.InstanceList = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.InstanceList = ...,
            keep_unknown: bool = ...,
            NextMarker: str | int | None = ...,
            Items: Sequence[m.Instance | types.Instance] | None = ...,
        ) -> None: ...
