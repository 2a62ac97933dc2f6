# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

JobOrderKey = Literal["CreationTime", "Id"]

JOB_ORDER_KEY_VALUES: set[JobOrderKey] = {
    "CreationTime",
    "Id",
}


def check_job_order_key(value: str) -> JobOrderKey:
    if value in JOB_ORDER_KEY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_ORDER_KEY_VALUES!r}")
