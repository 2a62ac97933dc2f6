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
class AppDescription(mixins.LocalId, mixins.AppSetup, Jsonizable):
    """An App: a program with declared parameters and resource settings. Exactly one of Docker and VM
    must be given; an empty object counts as absent.

    Attributes:
        Name: Name of the App: letters, digits, - or _. Unique per owner.
        Description: Free text, at most 1000 characters.
        CommandLine: Command to run, up to 128 KiB in UTF-8, which is what a system can start
            (the hosted service documented 1000 characters). It may use ${name} for parameters,
            which reach the program as environment variables.
        InputParameters: Declared inputs by name.
        OutputParameters: Declared outputs by name.
        Docker: Container image, for an App that runs in a container.
        VM: VM image, for an App that runs directly on a VM.
        EnvVars: Environment variables. The hosted service documented at most 50, names of up to
            100 letters, digits, - or _, and values of up to 1000 characters.
        Daemonize: Whether the program is kept alive between runs instead of started for each.
        Config: Resource settings and whether a job may replace them.
    """

    _required = ("Name", "CommandLine")
    _exactly_one_of = (("Docker", "VM"),)

    Name: str | None = fields.text()
    Description: str | None = fields.text()
    CommandLine: str | None = fields.text()
    InputParameters: dict[str, m.Parameter] = fields.mapping(
        fields.Nested(lambda: m.Parameter), default={}
    )
    OutputParameters: dict[str, m.Parameter] = fields.mapping(
        fields.Nested(lambda: m.Parameter), default={}
    )
    Docker: m.AppDocker = fields.nested(lambda: m.AppDocker)
    VM: m.VM = fields.nested(lambda: m.VM)
    EnvVars: dict[str, str] = fields.mapping(fields.Text(), stringify=True)
    Daemonize: bool | None = fields.boolean()
    Config: m.AppConfig = fields.nested(lambda: m.AppConfig)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AppDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AppDescription = ...,
            keep_unknown: bool = ...,
            Name: str | None = ...,
            Description: str | None = ...,
            CommandLine: str | None = ...,
            InputParameters: Mapping[str, m.Parameter | types.Parameter] | None = ...,
            OutputParameters: Mapping[str, m.Parameter | types.Parameter] | None = ...,
            Docker: m.AppDocker | types.AppDocker | None = ...,
            VM: m.VM | types.VM | None = ...,
            EnvVars: Mapping[str, str] | None = ...,
            Daemonize: bool | None = ...,
            Config: m.AppConfig | types.AppConfig | None = ...,
        ) -> None: ...
