# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from datetime import datetime

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class AppRevision(Jsonizable):
    """One revision of an App.

    Attributes:
        Revision: Number of the revision, from 0.
        UpdateTime: When the revision was stored.
    """

    _read_only = True

    Revision: int = fields.integer()
    UpdateTime: datetime = fields.time()
