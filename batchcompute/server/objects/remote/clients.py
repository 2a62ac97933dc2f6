"""Which client speaks to which kind of store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Final

from batchcompute.server.objects.remote.keys import oss_key, read_key
from batchcompute.server.objects.remote.location import EVERY_ACCOUNT, Kind, Location
from batchcompute.server.objects.remote.wire import Wire

#: The packages of the clients, which an extra installs.
_PACKAGES: Final[Mapping[Kind, str]] = {"oss": "alibabacloud_oss_v2", "s3": "botocore"}


def check_client(kind: Kind) -> None:
    """See that the client for a kind of store is installed.

    Args:
        kind: The protocol.

    Raises:
        ValueError: It is not; the text says what to install.
    """
    if find_spec(_PACKAGES[kind]) is None:
        raise _not_installed(kind, _PACKAGES[kind])


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
        raise _not_installed(location.kind, str(error.name)) from None


def _not_installed(kind: Kind, package: str) -> ValueError:
    return ValueError(
        f"objects in {kind}:// need the package {package}: "
        "pip install 'batchcompute[object-stores]'"
    )
