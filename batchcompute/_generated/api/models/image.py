# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class Image(mixins.Created, mixins.Identified, Jsonizable):
    """A registered or system image.

    Attributes:
        Id: Id of the image, such as img-23jhhsd or img-ubuntu.
        Name: Name of the image.
        Description: Free text.
        EcsImageId: The ECS image behind it.
        Platform: Operating system of the image.
        Type: Whether it is an image of the system or registered by the caller.
        CreationTime: When the image was registered.
        OwnerId: Account that owns the image; 0 for the system. Some documented answers write
            the number as text.
    """

    _is_status = True
    _read_only = True
    _identity = "Id"

    Id: str = fields.text()
    Name: str = fields.text()
    Description: str = fields.text()
    EcsImageId: str = fields.text()
    Platform: m.ImagePlatform = fields.text()
    Type: m.ImageType = fields.text()
    CreationTime: datetime = fields.time()
    OwnerId: int = fields.integer()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Image = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Image = ...,
            keep_unknown: bool = ...,
            Id: str | None = ...,
            Name: str | None = ...,
            Description: str | None = ...,
            EcsImageId: str | None = ...,
            Platform: m.ImagePlatform | None = ...,
            Type: m.ImageType | None = ...,
            CreationTime: datetime | float | str | None = ...,
            OwnerId: int | None = ...,
        ) -> None: ...
