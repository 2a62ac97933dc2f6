# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class MountEntry(Jsonizable):
    """One directory to mount.

    Attributes:
        Source: oss://bucket/path, with or without a trailing /, or nas://host:/path for NFS in
            the same VPC; on Windows a NAS path ends in !. Some clients also know smb://, lustre://
            and nasplus://.
        Destination: Local directory, created if needed; on Windows a drive such as E:.
        WriteSupport: Whether programs may write there. What they write to a mount of objects
            stays on the VM, unless it is an output; writes to a NAS go straight to its server.
    """

    Source: str | None = fields.text()
    Destination: str | None = fields.text()
    WriteSupport: bool | None = fields.boolean()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.MountEntry = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.MountEntry = ...,
            keep_unknown: bool = ...,
            Source: str | None = ...,
            Destination: str | None = ...,
            WriteSupport: bool | None = ...,
        ) -> None: ...
