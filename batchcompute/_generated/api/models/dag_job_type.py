# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `DagJobType`."""

from typing import Literal, TypeAlias

#: The kind of a job made from a graph of tasks.
DagJobType: TypeAlias = Literal["DAG"]
