# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class Mounts(mixins.EntryList, Jsonizable):
    """Directories to mount on VMs, and how.

    Attributes:
        Entries: What to mount where.
        Locale: Character set in which programs see file names. Some clients fill in GBK; a
            server takes absent as UTF-8.
        Lock: Whether file locks work on the mounts.
        CacheSupport: Whether the VM caches object data.
        CacheBlockSize: Size of a cache block in bytes.
        CacheTotalSize: Size of the whole cache in bytes.
        NAS: Network file systems that may be mounted.
        OSS: Credentials for mounting objects.
        RefreshStrategy: Known to one family of clients; not documented.
        RefreshTopicName: Known to one family of clients; not documented.
        RefreshTimeOut: Known to one family of clients; by its name, seconds between refreshes.
        NasMetaCache: Whether the VM caches metadata of network file systems.
    """

    Entries: list[m.MountEntry] = fields.array(fields.Nested(lambda: m.MountEntry))
    Locale: str | None = fields.text()
    Lock: bool | None = fields.boolean()
    CacheSupport: bool | None = fields.boolean()
    CacheBlockSize: int | None = fields.integer()
    CacheTotalSize: int | None = fields.integer()
    NAS: m.NAS = fields.nested(lambda: m.NAS)
    OSS: m.OSS = fields.nested(lambda: m.OSS)
    RefreshStrategy: str | None = fields.text()
    RefreshTopicName: str | None = fields.text()
    RefreshTimeOut: int | None = fields.integer()
    NasMetaCache: bool | None = fields.boolean()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Mounts = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Mounts = ...,
            keep_unknown: bool = ...,
            Entries: Sequence[m.MountEntry | types.MountEntry] | None = ...,
            Locale: str | None = ...,
            Lock: bool | None = ...,
            CacheSupport: bool | None = ...,
            CacheBlockSize: int | None = ...,
            CacheTotalSize: int | None = ...,
            NAS: m.NAS | types.NAS | None = ...,
            OSS: m.OSS | types.OSS | None = ...,
            RefreshStrategy: str | None = ...,
            RefreshTopicName: str | None = ...,
            RefreshTimeOut: int | None = ...,
            NasMetaCache: bool | None = ...,
        ) -> None: ...
