# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class AppDocker(Jsonizable):
    """Container image of an App.

    Attributes:
        Image: Name and tag of the image, such as localhost:5000/copy:0.1.
        RegistryOSSPath: Directory in the store (oss://...) that holds a registry with the
            image.
    """

    _required = ("Image",)

    Image: str | None = fields.text()
    RegistryOSSPath: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AppDocker = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AppDocker = ...,
            keep_unknown: bool = ...,
            Image: str | None = ...,
            RegistryOSSPath: str | None = ...,
        ) -> None: ...
