# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

ImageType = Literal["Self", "System"]

IMAGE_TYPE_VALUES: set[ImageType] = {
    "Self",
    "System",
}


def check_image_type(value: str) -> ImageType:
    if value in IMAGE_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {IMAGE_TYPE_VALUES!r}")
