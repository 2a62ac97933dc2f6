# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class CommandDocker(Jsonizable):
    """The container of a command.

    Attributes:
        Image: Image in a public or cloud registry. Empty means no container.
        RunMode: Known to one family of clients; its values are not documented.
    """

    _required = ("Image",)

    Image: str | None = fields.text(default="")
    RunMode: str | None = fields.text()
