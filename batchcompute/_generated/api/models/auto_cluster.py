# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class AutoCluster(Jsonizable):
    """A cluster made for one task and released when the task's instances are done. Its size follows
    from InstanceCount.

    Attributes:
        ImageId: Registered image (img-...) or ECS image (m-...). This or ECSImageId is needed.
        ECSImageId: ECS image (m-...). This or ImageId is needed.
        InstanceType: VM type, such as ecs.sn1ne.large. Empty lets the service pick.
        ResourceType: How the VMs are paid for. Empty means OnDemand.
        SpotStrategy: How spot VMs are bid for; only with ResourceType Spot. Empty means none.
        SpotPriceLimit: Highest price per VM and hour; only with SpotWithPriceLimit.
        Configs: Disks, networks and mounts.
        UserData: Texts that programs can read through the metadata service of the VM.
        ReserveOnFail: Keep the VMs when the task failed, for debugging. They cost until they
            are removed by hand.
        ClusterId: Existing cluster to attach to while keeping this form. Clients know it; it is
            not documented.
        DependencyIsvService: Known to clients; not documented.
    """

    ImageId: str | None = fields.text()
    ECSImageId: str | None = fields.text(default="")
    InstanceType: str | None = fields.text(default="")
    ResourceType: m.ResourceType | None = fields.text()
    SpotStrategy: m.SpotStrategy | None = fields.text()
    SpotPriceLimit: float | None = fields.number()
    Configs: m.Configs = fields.nested(lambda: m.Configs)
    UserData: dict[str, str] = fields.mapping(fields.Text(), stringify=True, default={})
    ReserveOnFail: bool | None = fields.boolean(default=False)
    ClusterId: str | None = fields.text()
    DependencyIsvService: str | None = fields.text(default="")

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AutoCluster = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AutoCluster = ...,
            keep_unknown: bool = ...,
            ImageId: str | None = ...,
            ECSImageId: str | None = ...,
            InstanceType: str | None = ...,
            ResourceType: m.ResourceType | None = ...,
            SpotStrategy: m.SpotStrategy | None = ...,
            SpotPriceLimit: float | None = ...,
            Configs: m.Configs | types.Configs | None = ...,
            UserData: Mapping[str, str] | None = ...,
            ReserveOnFail: bool | None = ...,
            ClusterId: str | None = ...,
            DependencyIsvService: str | None = ...,
        ) -> None: ...
