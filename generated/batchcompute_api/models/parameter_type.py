# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

ParameterType = Literal["Number", "String"]

PARAMETER_TYPE_VALUES: set[ParameterType] = {
    "Number",
    "String",
}


def check_parameter_type(value: str) -> ParameterType:
    if value in PARAMETER_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PARAMETER_TYPE_VALUES!r}")
