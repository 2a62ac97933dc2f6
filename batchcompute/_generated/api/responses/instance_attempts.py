# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute._generated.api.models import InstanceAttempts
from batchcompute._operations.responses import GetResponse


# The response's own properties win over members of the same name, as documented.
class InstanceAttemptsResponse(GetResponse, InstanceAttempts):
    """A `InstanceAttempts` together with the response that brought it; see `GetResponse`."""

    __slots__ = ("_response",)
