# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `SpotStrategy`."""

from typing import Literal, TypeAlias

#: How spot VMs are bid for: up to a limit, or at whatever the price is.
SpotStrategy: TypeAlias = Literal["SpotWithPriceLimit", "SpotAsPriceGo"]
