# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

AppJobType = Literal["App"]

APP_JOB_TYPE_VALUES: set[AppJobType] = {
    "App",
}


def check_app_job_type(value: str) -> AppJobType:
    if value in APP_JOB_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {APP_JOB_TYPE_VALUES!r}")
