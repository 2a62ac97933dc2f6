"""Objects: what programs read and write as `oss://bucket/key`, wherever the bytes really lie.

The library that moves bytes is loaded when a store is opened: whoever only looks for a service does
not need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchcompute.server.objects.address import OssAddress as OssAddress
from batchcompute.server.objects.errors import InvalidAddressError as InvalidAddressError
from batchcompute.server.objects.errors import ObjectNotFoundError as ObjectNotFoundError
from batchcompute.server.objects.errors import ObjectStoreError as ObjectStoreError
from batchcompute.server.objects.interface import ObjectInfo as ObjectInfo
from batchcompute.server.objects.interface import ObjectStore as ObjectStore

if TYPE_CHECKING:
    from batchcompute.server.objects.factory import open_store as open_store
else:

    def __getattr__(name: str) -> Any:
        if name == "open_store":
            from batchcompute.server.objects.factory import open_store

            return open_store
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
