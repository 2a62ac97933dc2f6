# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._models import fields
from batchcompute._models.base import Jsonizable
from batchcompute_api import models as m


@fields.model
class Error(Jsonizable):
    """Why a request was refused or failed.

    Attributes:
        Code: Kind of the failure, such as InvalidResource.NotFound. A stable text to branch on;
            new ones may appear.
        Message: Text for people. It may change at any time.
        RequestId: The same as the header x-acs-request-id. Some answers have it.
        HostId: Host that answered. Old answers have it.
    """

    _is_status = True
    _read_only = True

    Code: str = fields.text()
    Message: str = fields.text()
    RequestId: str | None = fields.text()
    HostId: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Error = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Error = ...,
            keep_unknown: bool = ...,
            Code: str | None = ...,
            Message: str | None = ...,
            RequestId: str | None = ...,
            HostId: str | None = ...,
        ) -> None: ...
