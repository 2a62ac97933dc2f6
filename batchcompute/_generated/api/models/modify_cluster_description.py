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
class ModifyClusterDescription(mixins.GroupMap, Jsonizable):
    """Changes to a cluster. What is absent stays. At least one member must be given; an empty Groups
    beside other members changes no group.

    Attributes:
        Groups: Changes by name of the group. Groups that are not named stay as they are.
        ImageId: Image of VMs that are made from now on. Empty means no change.
        UserData: Replaces the user data.
        EnvVars: Replaces the environment variables.
        Configs: New mounts.
        InputMapping: Known to one family of clients; replaces the input mapping of the cluster.
    """

    Groups: dict[str, m.ModifyGroupDescription] = fields.mapping(
        fields.Nested(lambda: m.ModifyGroupDescription), default={}
    )
    ImageId: str | None = fields.text()
    UserData: dict[str, str] = fields.mapping(fields.Text(), stringify=True)
    EnvVars: dict[str, str] = fields.mapping(fields.Text(), stringify=True)
    Configs: m.ModifyConfigs = fields.nested(lambda: m.ModifyConfigs)
    InputMapping: dict[str, str] = fields.mapping(fields.Text())

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ModifyClusterDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ModifyClusterDescription = ...,
            keep_unknown: bool = ...,
            Groups: Mapping[str, m.ModifyGroupDescription | types.ModifyGroupDescription]
            | None = ...,
            ImageId: str | None = ...,
            UserData: Mapping[str, str] | None = ...,
            EnvVars: Mapping[str, str] | None = ...,
            Configs: m.ModifyConfigs | types.ModifyConfigs | None = ...,
            InputMapping: Mapping[str, str] | None = ...,
        ) -> None: ...
