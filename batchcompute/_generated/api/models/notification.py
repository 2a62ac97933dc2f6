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
class Notification(Jsonizable):
    """Where to publish events.

    Attributes:
        Topic: The topic and the events to publish there. Absent or empty means none.
    """

    Topic: m.Topic = fields.nested(lambda: m.Topic, default={})

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Notification = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Notification = ...,
            keep_unknown: bool = ...,
            Topic: m.Topic | types.Topic | None = ...,
        ) -> None: ...
