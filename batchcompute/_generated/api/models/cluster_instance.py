# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class ClusterInstance(mixins.Created, Jsonizable):
    """The status of one VM of a cluster group.

    Attributes:
        Id: Id of the VM. May be empty while it is being requested.
        State: Where the VM stands.
        CreationTime: When the VM was asked for.
        Hint: Affinity hint, filled for VMs of automatic clusters; empty otherwise.
        IpAddress: Address of the VM.
        HostName: Host name of the VM.
        EcsInstanceId: Id of the VM in the compute service. Known to one family of clients.
        ErrorCode: What is wrong with the VM, as a number.
        ErrorMessage: What is wrong with the VM, as text.
        InstancePassword: Password of the VM; only inside a VPC.
    """

    _is_status = True
    _read_only = True
    _secrets = ("InstancePassword",)

    Id: str = fields.text()
    State: m.ClusterInstanceState = fields.text()
    CreationTime: datetime = fields.time()
    Hint: str = fields.text()
    IpAddress: str | None = fields.text()
    HostName: str | None = fields.text()
    EcsInstanceId: str | None = fields.text()
    ErrorCode: int | None = fields.integer()
    ErrorMessage: str | None = fields.text()
    InstancePassword: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ClusterInstance = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ClusterInstance = ...,
            keep_unknown: bool = ...,
            Id: str | None = ...,
            State: m.ClusterInstanceState | None = ...,
            CreationTime: datetime | float | str | None = ...,
            Hint: str | None = ...,
            IpAddress: str | None = ...,
            HostName: str | None = ...,
            EcsInstanceId: str | None = ...,
            ErrorCode: int | None = ...,
            ErrorMessage: str | None = ...,
            InstancePassword: str | None = ...,
        ) -> None: ...
