# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ScheduleType`."""

from typing import Literal, TypeAlias

#: How instances are handed to VMs. Known to clients; not documented.
ScheduleType: TypeAlias = Literal["LowLatency", "Poll", "Push"]
