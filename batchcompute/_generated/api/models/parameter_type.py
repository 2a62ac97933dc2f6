# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ParameterType`."""

from typing import Literal, TypeAlias

#: Type of an App parameter.
ParameterType: TypeAlias = Literal["String", "Number"]
