# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class Cluster(mixins.GroupLookup, mixins.Created, mixins.Identified, Jsonizable):
    """The status of a cluster.

    Attributes:
        Id: Id of the cluster.
        Name: Name of the cluster.
        Description: Free text given at creation.
        OwnerId: Account that owns the cluster.
        CreationTime: When the cluster was created.
        State: Where the cluster stands.
        ImageId: Image of the VMs.
        InstanceType: VM type of groups that name none.
        Groups: The groups by name.
        Metrics: Number of VMs in each state. Very old answers spell this member Metric.
        OperationLogs: What happened, oldest first, as [time]text, [time][group]text or
            [time][group][instance]text.
        UserData: User data as given.
        EnvVars: Environment variables as given.
        Bootstrap: Start command as given.
        Configs: Disks, networks and mounts as given.
        Notification: Where events are published, as given.
        ErrorCode: What is wrong with the cluster. Known to one family of clients.
        SecurityGroup: Security group of the VMs. Known to one family of clients.
        SecurityGroups: Security groups of the VMs. Known to one family of clients.
        InputMapping: Input mapping of the cluster. Known to one family of clients.
        InputMappingConfig: How the input mapping is mounted. Known to one family of clients.
        WriteSupport: Whether programs may write to mounts. Known to one family of clients.
    """

    _is_status = True
    _read_only = True
    _identity = "Id"

    Id: str = fields.text()
    Name: str = fields.text()
    Description: str = fields.text()
    OwnerId: int = fields.integer()
    CreationTime: datetime = fields.time()
    State: m.ClusterState = fields.text()
    ImageId: str = fields.text()
    InstanceType: str | None = fields.text()
    Groups: dict[str, m.Group] = fields.mapping(fields.Nested(lambda: m.Group))
    Metrics: m.Metrics = fields.nested(lambda: m.Metrics)
    OperationLogs: list[str] = fields.array(fields.Text())
    UserData: dict[str, str] = fields.mapping(fields.Text())
    EnvVars: dict[str, str] = fields.mapping(fields.Text())
    Bootstrap: str | None = fields.text()
    Configs: m.Configs = fields.nested(lambda: m.Configs)
    Notification: m.Notification = fields.nested(lambda: m.Notification)
    ErrorCode: str | None = fields.text()
    SecurityGroup: str | None = fields.text()
    SecurityGroups: list[str] = fields.array(fields.Text())
    InputMapping: dict[str, str] = fields.mapping(fields.Text())
    InputMappingConfig: m.InputMappingConfig = fields.nested(lambda: m.InputMappingConfig)
    WriteSupport: bool | None = fields.boolean()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Cluster = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Cluster = ...,
            keep_unknown: bool = ...,
            Id: str | None = ...,
            Name: str | None = ...,
            Description: str | None = ...,
            OwnerId: int | None = ...,
            CreationTime: datetime | float | str | None = ...,
            State: m.ClusterState | None = ...,
            ImageId: str | None = ...,
            InstanceType: str | None = ...,
            Groups: Mapping[str, m.Group | types.Group] | None = ...,
            Metrics: m.Metrics | types.Metrics | None = ...,
            OperationLogs: list[str] | None = ...,
            UserData: Mapping[str, str] | None = ...,
            EnvVars: Mapping[str, str] | None = ...,
            Bootstrap: str | None = ...,
            Configs: m.Configs | types.Configs | None = ...,
            Notification: m.Notification | types.Notification | None = ...,
            ErrorCode: str | None = ...,
            SecurityGroup: str | None = ...,
            SecurityGroups: list[str] | None = ...,
            InputMapping: Mapping[str, str] | None = ...,
            InputMappingConfig: m.InputMappingConfig | types.InputMappingConfig | None = ...,
            WriteSupport: bool | None = ...,
        ) -> None: ...
