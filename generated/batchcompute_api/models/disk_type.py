# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

DiskType = Literal["cloud", "cloud_efficiency", "cloud_ssd", "ephemeral", "ephemeral_ssd"]

DISK_TYPE_VALUES: set[DiskType] = {
    "cloud",
    "cloud_efficiency",
    "cloud_ssd",
    "ephemeral",
    "ephemeral_ssd",
}


def check_disk_type(value: str) -> DiskType:
    if value in DISK_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DISK_TYPE_VALUES!r}")
