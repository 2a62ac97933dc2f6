# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

AppScope = Literal["Private", "Public"]

APP_SCOPE_VALUES: set[AppScope] = {
    "Private",
    "Public",
}


def check_app_scope(value: str) -> AppScope:
    if value in APP_SCOPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {APP_SCOPE_VALUES!r}")
