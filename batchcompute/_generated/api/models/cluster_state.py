# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ClusterState`."""

from typing import Literal, TypeAlias

#: State of a cluster. A cluster that is gone shows as Deleted in its notification only; one client
#: also knows a state Error.
ClusterState: TypeAlias = Literal["Active", "Deleting"]
