# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute import mixins
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


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
