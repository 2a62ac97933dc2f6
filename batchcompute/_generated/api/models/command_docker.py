# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class CommandDocker(Jsonizable):
    """The container of a command.

    Attributes:
        Image: Image in a public or cloud registry. Empty means no container.
        RunMode: Known to one family of clients; its values are not documented.
    """

    _required = ("Image",)

    Image: str | None = fields.text(default="")
    RunMode: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.CommandDocker = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.CommandDocker = ...,
            keep_unknown: bool = ...,
            Image: str | None = ...,
            RunMode: str | None = ...,
        ) -> None: ...
