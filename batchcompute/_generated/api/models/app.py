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
class App(mixins.Created, mixins.Identified, Jsonizable):
    """The public face of an App. Answers do not show command line, image or environment; these members
    exist for readers that expect the shape of AppDescription.

    Attributes:
        Name: Name of the App, which identifies it.
        Description: Free text.
        CreationTime: When the App was created.
        OwnerId: Account that owns the App.
        InputParameters: Declared inputs by name, without LocalPath.
        OutputParameters: Declared outputs by name, without LocalPath.
        Config: Resource settings and whether a job may replace them.
        CommandLine: Not in answers; see get_app_detail.
        Docker: Not in answers; see get_app_detail.
        VM: Not in answers; see get_app_detail.
        EnvVars: Not in answers; see get_app_detail.
        Daemonize: Not in answers; see get_app_detail.
    """

    _is_status = True
    _identity = "Name"

    Name: str = fields.text()
    Description: str | None = fields.text()
    CreationTime: datetime = fields.time()
    OwnerId: int | None = fields.integer()
    InputParameters: dict[str, m.Parameter] = fields.mapping(fields.Nested(lambda: m.Parameter))
    OutputParameters: dict[str, m.Parameter] = fields.mapping(fields.Nested(lambda: m.Parameter))
    Config: m.AppConfig = fields.nested(lambda: m.AppConfig)
    CommandLine: str | None = fields.text()
    Docker: m.AppDocker = fields.nested(lambda: m.AppDocker)
    VM: m.VM = fields.nested(lambda: m.VM)
    EnvVars: dict[str, str] = fields.mapping(fields.Text())
    Daemonize: bool | None = fields.boolean()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.App = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.App = ...,
            keep_unknown: bool = ...,
            Name: str | None = ...,
            Description: str | None = ...,
            CreationTime: datetime | float | str | None = ...,
            OwnerId: int | None = ...,
            InputParameters: Mapping[str, m.Parameter | types.Parameter] | None = ...,
            OutputParameters: Mapping[str, m.Parameter | types.Parameter] | None = ...,
            Config: m.AppConfig | types.AppConfig | None = ...,
            CommandLine: str | None = ...,
            Docker: m.AppDocker | types.AppDocker | None = ...,
            VM: m.VM | types.VM | None = ...,
            EnvVars: Mapping[str, str] | None = ...,
            Daemonize: bool | None = ...,
        ) -> None: ...
