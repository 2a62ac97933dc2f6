# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

ScheduleType = Literal["LowLatency", "Poll", "Push"]

SCHEDULE_TYPE_VALUES: set[ScheduleType] = {
    "LowLatency",
    "Poll",
    "Push",
}


def check_schedule_type(value: str) -> ScheduleType:
    if value in SCHEDULE_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SCHEDULE_TYPE_VALUES!r}")
