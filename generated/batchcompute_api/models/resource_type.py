# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

ResourceType = Literal["OnDemand", "PrePaid", "Spot"]

RESOURCE_TYPE_VALUES: set[ResourceType] = {
    "OnDemand",
    "PrePaid",
    "Spot",
}


def check_resource_type(value: str) -> ResourceType:
    if value in RESOURCE_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RESOURCE_TYPE_VALUES!r}")
