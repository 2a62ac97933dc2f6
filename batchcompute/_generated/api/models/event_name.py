# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `EventName`."""

from typing import Literal, TypeAlias

#: Something that can be published. The first three are events of clusters, the others of jobs;
#: OnInstanceWaiting and later names are about instances of tasks, OnInstanceCreated and
#: OnInstanceActive about VMs.
EventName: TypeAlias = Literal[
    "OnClusterDeleted",
    "OnInstanceCreated",
    "OnInstanceActive",
    "OnJobWaiting",
    "OnJobRunning",
    "OnJobStopped",
    "OnJobFinished",
    "OnJobFailed",
    "OnTaskWaiting",
    "OnTaskRunning",
    "OnTaskStopped",
    "OnTaskFinished",
    "OnTaskFailed",
    "OnInstanceWaiting",
    "OnInstanceRunning",
    "OnInstanceStopped",
    "OnInstanceFinished",
    "OnInstanceFailed",
    "OnPriorityChange",
]
