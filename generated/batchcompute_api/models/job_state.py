# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

JobState = Literal["Failed", "Finished", "Running", "Stopped", "Waiting"]

JOB_STATE_VALUES: set[JobState] = {
    "Failed",
    "Finished",
    "Running",
    "Stopped",
    "Waiting",
}


def check_job_state(value: str) -> JobState:
    if value in JOB_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_STATE_VALUES!r}")
