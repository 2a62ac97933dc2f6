# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class InstanceList(Jsonizable):
    """One page of instances.

    Attributes:
        NextMarker: Marker of the next page, an integer or its text; empty or the number 0 on
            the last one. A server answers with an integer, and with an empty text on the last page.
        Items: The instances of this page.
    """

    _read_only = True

    NextMarker: str | int = fields.text_or_integer()
    Items: list[m.Instance] = fields.array(fields.Nested(lambda: m.Instance))
