# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class InstanceAttempts(Jsonizable):
    """The attempts of an instance. An extension of the service that comes with this contract: the
    hosted one does not have it.

    Attributes:
        Items: The attempts, oldest first.
    """

    _is_status = True
    _read_only = True

    Items: list[m.InstanceAttempt] = fields.array(fields.Nested(lambda: m.InstanceAttempt))

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.InstanceAttempts = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.InstanceAttempts = ...,
            keep_unknown: bool = ...,
            Items: Sequence[m.InstanceAttempt | types.InstanceAttempt] | None = ...,
        ) -> None: ...
