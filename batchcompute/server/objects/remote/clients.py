"""Which client speaks to which kind of store."""

from __future__ import annotations

import os
from dataclasses import replace

from batchcompute.server.objects.remote.keys import oss_key, read_key
from batchcompute.server.objects.remote.location import EVERY_ACCOUNT, Location
from batchcompute.server.objects.remote.wire import Wire


def open_wire(location: Location) -> Wire:
    """Make a client for a store.

    Args:
        location: Where it is.

    Raises:
        ValueError: There is no usable access key, or the client is not installed.
    """
    key = read_key(location.credentials) if location.credentials else None
    if key is not None and location.account not in ("", EVERY_ACCOUNT):
        # Such a store is told by the id for which account its key is used.
        key = replace(key, key_id=f"{key.key_id}_{location.account}")
    # Each of them is large, and most services need none.
    try:
        if location.kind == "oss":
            from batchcompute.server.objects.remote.oss import OssWire

            return OssWire(location, key or oss_key(os.environ))
        from batchcompute.server.objects.remote.s3 import S3Wire

        return S3Wire(location, key)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"objects in {location.kind}:// need the package {error.name}: "
            "pip install 'batchcompute[object-stores]'"
        ) from None
