# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ClusterInstanceState`."""

from typing import Literal, TypeAlias

#: State of a VM: Pending until it is requested, Starting until its agent reports, then Running;
#: Deleting until it is released, then Deleted and no longer listed.
ClusterInstanceState: TypeAlias = Literal["Pending", "Starting", "Running", "Deleting", "Deleted"]
