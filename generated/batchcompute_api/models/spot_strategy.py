# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

SpotStrategy = Literal["SpotAsPriceGo", "SpotWithPriceLimit"]

SPOT_STRATEGY_VALUES: set[SpotStrategy] = {
    "SpotAsPriceGo",
    "SpotWithPriceLimit",
}


def check_spot_strategy(value: str) -> SpotStrategy:
    if value in SPOT_STRATEGY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SPOT_STRATEGY_VALUES!r}")
