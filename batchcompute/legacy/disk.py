"""`Disk`: a status class that no response contains. It is here for programs that import it."""

from __future__ import annotations

from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Disk(Jsonizable):
    """A disk made from a snapshot.

    Attributes:
        ECSSnapshotId: Id of the snapshot.
    """

    _is_status = True
    _read_only = True

    ECSSnapshotId: str = fields.text()
