# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


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
    Events: list[str] = fields.array(fields.Text(), default=[])
    UserData: str | None = fields.text(default="")
    UserTemplate: str | None = fields.text(default="")
