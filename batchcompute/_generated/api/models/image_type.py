# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ImageType`."""

from typing import Literal, TypeAlias

#: Whether an image belongs to the system or was registered by the caller.
ImageType: TypeAlias = Literal["System", "Self"]
