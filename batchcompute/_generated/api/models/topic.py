# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Topic(Jsonizable):
    """A topic of the message service. The account must have allowed the service to publish to it.

    Attributes:
        Name: Name of the topic. Empty means no notification.
        Endpoint: Intranet endpoint, http://UserId.mns.Region.aliyuncs.com/.
        Events: The events to publish.
        UserData: Known to one family of clients; not documented.
        UserTemplate: Known to one family of clients; not documented.
    """

    Name: str | None = fields.text(default="")
    Endpoint: str | None = fields.text(default="")
    Events: list[m.EventName] = fields.array(fields.Text(), default=[])
    UserData: str | None = fields.text(default="")
    UserTemplate: str | None = fields.text(default="")

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Topic = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Topic = ...,
            keep_unknown: bool = ...,
            Name: str | None = ...,
            Endpoint: str | None = ...,
            Events: list[m.EventName] | None = ...,
            UserData: str | None = ...,
            UserTemplate: str | None = ...,
        ) -> None: ...
