# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

ClusterState = Literal["Active", "Deleting"]

CLUSTER_STATE_VALUES: set[ClusterState] = {
    "Active",
    "Deleting",
}


def check_cluster_state(value: str) -> ClusterState:
    if value in CLUSTER_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLUSTER_STATE_VALUES!r}")
