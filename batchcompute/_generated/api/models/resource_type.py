# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ResourceType`."""

from typing import Literal, TypeAlias

#: How VMs are paid for: by the hour, at spot price, or in advance.
ResourceType: TypeAlias = Literal["OnDemand", "Spot", "PrePaid"]
