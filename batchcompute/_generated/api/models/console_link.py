# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class ConsoleLink(Jsonizable):
    """A link that opens the console of a service in one browser. An extension of the service that
    comes with this contract: the hosted one does not have it.

    Attributes:
        Url: The link. Whoever opens it first is signed in, so it is a secret.
        ExpirationTime: Until when it works, UTC.
    """

    _is_status = True
    _read_only = True
    _secrets = ("Url",)

    Url: str = fields.text()
    ExpirationTime: datetime = fields.time()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ConsoleLink = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ConsoleLink = ...,
            keep_unknown: bool = ...,
            Url: str | None = ...,
            ExpirationTime: datetime | float | str | None = ...,
        ) -> None: ...
