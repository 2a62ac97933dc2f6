# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

ImagePlatform = Literal["Linux", "Windows"]

IMAGE_PLATFORM_VALUES: set[ImagePlatform] = {
    "Linux",
    "Windows",
}


def check_image_platform(value: str) -> ImagePlatform:
    if value in IMAGE_PLATFORM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {IMAGE_PLATFORM_VALUES!r}")
