# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `AppJobType`."""

from typing import Literal, TypeAlias

#: The kind of a job made from an App.
AppJobType: TypeAlias = Literal["App"]
