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
class ClusterList(Jsonizable):
    """One page of clusters.

    Attributes:
        NextMarker: Marker of the next page; empty on the last one.
        Items: The clusters of this page.
    """

    _is_status = True
    _read_only = True

    NextMarker: str = fields.text()
    Items: list[m.Cluster] = fields.array(fields.Nested(lambda: m.Cluster))

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ClusterList = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ClusterList = ...,
            keep_unknown: bool = ...,
            NextMarker: str | None = ...,
            Items: Sequence[m.Cluster | types.Cluster] | None = ...,
        ) -> None: ...
