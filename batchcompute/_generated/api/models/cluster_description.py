# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class ClusterDescription(mixins.LocalId, mixins.GroupMap, Jsonizable):
    """A cluster to make.

    Attributes:
        Name: Name of the cluster: 1 to 64 letters, digits, - or _, not starting with a digit.
            Need not be unique.
        Description: Free text, at most 1024 characters.
        ImageId: Registered image (img-...) or ECS image (m-...) of the VMs.
        InstanceType: VM type of groups that name none. Empty lets the service pick.
        Groups: Groups of VMs by name, 1 to 64 of them. A group name has 1 to 64 letters,
            digits, - or _ and does not start with a digit.
        UserData: Texts that programs can read through the metadata service of the VM.
        EnvVars: Environment variables of all programs on the cluster.
        Bootstrap: Script or command that runs when a VM has started.
        ScheduleType: How instances are handed to VMs. Known to clients; not documented.
        Configs: Disks, networks and mounts.
        Notification: Where to publish events of the cluster.
        PasswordInherit: Known to clients, not documented; by its name, whether VMs keep the
            password of the image.
        DependencyIsvService: Known to clients; not documented.
    """

    _required = ("Name", "ImageId", "Groups")

    Name: str | None = fields.text()
    Description: str | None = fields.text()
    ImageId: str | None = fields.text()
    InstanceType: str | None = fields.text()
    Groups: dict[str, m.GroupDescription] = fields.mapping(
        fields.Nested(lambda: m.GroupDescription), default={}
    )
    UserData: dict[str, str] = fields.mapping(fields.Text(), stringify=True, default={})
    EnvVars: dict[str, str] = fields.mapping(fields.Text(), stringify=True)
    Bootstrap: str | None = fields.text()
    ScheduleType: m.ScheduleType | None = fields.text()
    Configs: m.Configs = fields.nested(lambda: m.Configs)
    Notification: m.Notification = fields.nested(lambda: m.Notification)
    PasswordInherit: bool | None = fields.boolean()
    DependencyIsvService: str | None = fields.text(default="")

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ClusterDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ClusterDescription = ...,
            keep_unknown: bool = ...,
            Name: str | None = ...,
            Description: str | None = ...,
            ImageId: str | None = ...,
            InstanceType: str | None = ...,
            Groups: Mapping[str, m.GroupDescription | types.GroupDescription] | None = ...,
            UserData: Mapping[str, str] | None = ...,
            EnvVars: Mapping[str, str] | None = ...,
            Bootstrap: str | None = ...,
            ScheduleType: m.ScheduleType | None = ...,
            Configs: m.Configs | types.Configs | None = ...,
            Notification: m.Notification | types.Notification | None = ...,
            PasswordInherit: bool | None = ...,
            DependencyIsvService: str | None = ...,
        ) -> None: ...
