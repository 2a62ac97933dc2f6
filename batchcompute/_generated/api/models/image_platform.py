# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ImagePlatform`."""

from typing import Literal, TypeAlias

#: Operating system of an image.
ImagePlatform: TypeAlias = Literal["Linux", "Windows"]
