# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class Notification(Jsonizable):
    """Where to publish events.

    Attributes:
        Topic: The topic and the events to publish there. Absent or empty means none.
    """

    Topic: m.Topic = fields.nested(lambda: m.Topic, default={})
