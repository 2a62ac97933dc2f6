# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class ImageDescription(mixins.LocalId, Jsonizable):
    """An ECS image to register.

    Attributes:
        Name: Name of the image: at most 64 letters, digits, - or _, not starting with a digit.
            May be absent or empty.
        Description: Free text, at most 1024 characters.
        EcsImageId: The ECS image, m-... (note the spelling of the member).
        Platform: Operating system of the image.
        IdempotentToken: Some clients put the token here; the documented place is the query
            parameter.
    """

    _required = ("Platform", "EcsImageId")

    Name: str | None = fields.text()
    Description: str | None = fields.text()
    EcsImageId: str | None = fields.text()
    Platform: m.ImagePlatform | None = fields.text()
    IdempotentToken: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ImageDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ImageDescription = ...,
            keep_unknown: bool = ...,
            Name: str | None = ...,
            Description: str | None = ...,
            EcsImageId: str | None = ...,
            Platform: m.ImagePlatform | None = ...,
            IdempotentToken: str | None = ...,
        ) -> None: ...
