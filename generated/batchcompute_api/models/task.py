# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from datetime import datetime

from batchcompute import _fields as fields
from batchcompute import mixins
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class Task(mixins.Identified, Jsonizable):
    """The status of a task.

    Attributes:
        TaskName: Name of the task.
        State: Where the task stands.
        StartTime: When the task left Waiting; empty before.
        EndTime: When the task became Finished, Failed or Stopped; empty before.
        InstanceMetrics: Number of the task's instances in each state.
    """

    _read_only = True
    _identity = "TaskName"

    TaskName: str = fields.text()
    State: str = fields.text()
    StartTime: datetime = fields.time()
    EndTime: datetime = fields.time()
    InstanceMetrics: m.InstanceMetrics = fields.nested(lambda: m.InstanceMetrics)
