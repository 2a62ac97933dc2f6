# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class TaskList(Jsonizable):
    """One page of tasks.

    Attributes:
        NextMarker: Marker of the next page; empty on the last one.
        Items: The tasks of this page.
    """

    _read_only = True

    NextMarker: str = fields.text()
    Items: list[m.Task] = fields.array(fields.Nested(lambda: m.Task))
