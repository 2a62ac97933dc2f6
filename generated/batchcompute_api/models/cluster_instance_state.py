# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

ClusterInstanceState = Literal["Deleted", "Deleting", "Pending", "Running", "Starting"]

CLUSTER_INSTANCE_STATE_VALUES: set[ClusterInstanceState] = {
    "Deleted",
    "Deleting",
    "Pending",
    "Running",
    "Starting",
}


def check_cluster_instance_state(value: str) -> ClusterInstanceState:
    if value in CLUSTER_INSTANCE_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CLUSTER_INSTANCE_STATE_VALUES!r}"
    )
