# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `JobState`."""

from typing import Literal, TypeAlias

#: State of a job, task or instance. Waiting and Running go on by themselves; Finished is final;
#: Failed and Stopped last until the job is started again.
JobState: TypeAlias = Literal["Waiting", "Running", "Finished", "Failed", "Stopped"]
