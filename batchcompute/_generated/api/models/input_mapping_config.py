# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class InputMappingConfig(Jsonizable):
    """How input directories are mounted.

    Attributes:
        Locale: Character set in which programs see file names, such as GBK, GB2312-80, BIG5,
            UTF-8, ANSI, EUC-JP, EUC-TW, EUC-KR, SHIFT-JIS or KSC5601. Names in the store are UTF-8.
            Older clients fill in GBK; a server takes absent as UTF-8.
        Lock: Whether file locks work on the mounts, at some cost. They never reach the store.
    """

    Locale: str | None = fields.text(default="GBK")
    Lock: bool | None = fields.boolean(default=False)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.InputMappingConfig = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.InputMappingConfig = ...,
            keep_unknown: bool = ...,
            Locale: str | None = ...,
            Lock: bool | None = ...,
        ) -> None: ...
