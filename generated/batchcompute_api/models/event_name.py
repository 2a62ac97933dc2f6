# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from typing import Literal

EventName = Literal[
    "OnClusterDeleted",
    "OnInstanceActive",
    "OnInstanceCreated",
    "OnInstanceFailed",
    "OnInstanceFinished",
    "OnInstanceRunning",
    "OnInstanceStopped",
    "OnInstanceWaiting",
    "OnJobFailed",
    "OnJobFinished",
    "OnJobRunning",
    "OnJobStopped",
    "OnJobWaiting",
    "OnPriorityChange",
    "OnTaskFailed",
    "OnTaskFinished",
    "OnTaskRunning",
    "OnTaskStopped",
    "OnTaskWaiting",
]

EVENT_NAME_VALUES: set[EventName] = {
    "OnClusterDeleted",
    "OnInstanceActive",
    "OnInstanceCreated",
    "OnInstanceFailed",
    "OnInstanceFinished",
    "OnInstanceRunning",
    "OnInstanceStopped",
    "OnInstanceWaiting",
    "OnJobFailed",
    "OnJobFinished",
    "OnJobRunning",
    "OnJobStopped",
    "OnJobWaiting",
    "OnPriorityChange",
    "OnTaskFailed",
    "OnTaskFinished",
    "OnTaskRunning",
    "OnTaskStopped",
    "OnTaskWaiting",
}


def check_event_name(value: str) -> EventName:
    if value in EVENT_NAME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EVENT_NAME_VALUES!r}")
