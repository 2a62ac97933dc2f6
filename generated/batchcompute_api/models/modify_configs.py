# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class ModifyConfigs(Jsonizable):
    """The part of Configs that can be changed.

    Attributes:
        Mounts: Replaces the mounts.
    """

    _required = ("Mounts",)

    Mounts: m.Mounts = fields.nested(lambda: m.Mounts)
