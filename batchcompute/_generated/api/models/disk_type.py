# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `DiskType`."""

from typing import Literal, TypeAlias

#: Type of a disk. VM types starting with bcs. take ephemeral disks only.
DiskType: TypeAlias = Literal[
    "cloud_efficiency", "cloud_ssd", "cloud", "ephemeral", "ephemeral_ssd"
]
