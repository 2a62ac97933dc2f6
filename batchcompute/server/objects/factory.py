"""From the text in a configuration to an object store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from batchcompute.server.objects.folder import FolderStore
from batchcompute.server.objects.interface import ObjectStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def open_store(url: str | Path) -> ObjectStore:
    """Open an object store.

    Args:
        url: `file:///absolute/path` or a plain path. The folder is made if it is not there.

    Returns:
        The store.

    Raises:
        ValueError: No kind of store is known by this scheme, or the address is incomplete.
    """
    text = str(url)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return FolderStore(Path(text))
    if scheme[1].lower() != "file":
        raise ValueError(
            f"objects cannot be kept in {text!r}: {scheme[1]!r} is not supported, "
            "only a folder is, as file:///path or as a plain path"
        )
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise ValueError(f"{text!r} names no folder of this machine; write file:///absolute/path")
    return FolderStore(Path(unquote(parts.path)))
