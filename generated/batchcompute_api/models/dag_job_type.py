# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

DagJobType = Literal["DAG"]

DAG_JOB_TYPE_VALUES: set[DagJobType] = {
    "DAG",
}


def check_dag_job_type(value: str) -> DagJobType:
    if value in DAG_JOB_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DAG_JOB_TYPE_VALUES!r}")
