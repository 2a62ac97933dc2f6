# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from typing import Any

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class Parameter(Jsonizable):
    """A declared input or output of an App. Answers about the public face of an App leave LocalPath
    out.

    Attributes:
        Description: Free text, at most 1000 characters.
        Type: Type of the value.
        Default: Value if the job gives none. Any JSON value that matches Type, or null for
            none. Outputs do not use it.
        LocalPath: Local path, at most 1000 characters, ending in / for a directory. With it the
            value is a place in the store: an input is made available there, an output is taken from
            there.
    """

    Description: str | None = fields.text(default="")
    Type: str | None = fields.text(default="String")
    Default: Any = fields.anything(default=None)
    LocalPath: str | None = fields.text(default="")
