# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class PriorityChange(Jsonizable):
    """A new priority for a job.

    Attributes:
        Priority: Order among the caller's own jobs, 0 to 1000. Larger runs first. Old clients
            send it as text.
    """

    Priority: str | int | None = fields.text_or_integer()
