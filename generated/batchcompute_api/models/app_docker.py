# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


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
