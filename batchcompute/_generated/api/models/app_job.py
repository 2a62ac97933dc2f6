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
class AppJob(mixins.InputOutput, Jsonizable):
    """An App and the arguments of one run of it.

    Attributes:
        AppName: Name of the caller's own App, or Public:Name or :Name for a public one; 1 to
            1024 letters, digits, :, - or _. The newest revision is used.
        Inputs: Values of input parameters by name, any number of them (the hosted service took
            50). They must match the declared type; parameters left out take their declared default.
        Outputs: Place in the store (oss://...) for each output parameter that has a LocalPath.
        Logging: Where standard output and error go.
        Config: Resource settings that replace those of the App. Only those may be given that
            the App declares Overwritable.
    """

    _required = ("AppName", "Inputs")

    AppName: str | None = fields.text()
    Inputs: dict[str, Any] = fields.mapping(default={})
    Outputs: dict[str, str] = fields.mapping(fields.Text())
    Logging: m.Logging = fields.nested(lambda: m.Logging)
    Config: m.AppJobConfig = fields.nested(lambda: m.AppJobConfig)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AppJob = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AppJob = ...,
            keep_unknown: bool = ...,
            AppName: str | None = ...,
            Inputs: Mapping[str, Any] | None = ...,
            Outputs: Mapping[str, str] | None = ...,
            Logging: m.Logging | types.Logging | None = ...,
            Config: m.AppJobConfig | types.AppJobConfig | None = ...,
        ) -> None: ...
