"""From the text in a configuration to an object store."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from batchcompute.server.objects.cache.cache import ObjectCache
from batchcompute.server.objects.folder import FolderStore
from batchcompute.server.objects.interface import ObjectStore
from batchcompute.server.objects.scoped import ScopedStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def reopen(store: ObjectStore) -> ObjectStore:
    """Return an equal store for another process, as a connection serves one process."""
    if isinstance(store, ScopedStore):
        return store.over(reopen(store.inner))
    return open_store(store.url) if store.folder is None else store


def scoped_store(store: ObjectStore, account: int, granted: Mapping[str, bool]) -> ObjectStore:
    """Return the part of a store that belongs to an account, or was granted to it.

    Args:
        store: The whole store.
        account: The account.
        granted: Buckets of others, and whether they may be written to.
    """
    if store.folder is None:
        # Loaded when it is needed, as it is little that most services use.
        from batchcompute.server.objects.remote.location import EVERY_ACCOUNT
        from batchcompute.server.objects.remote.store import RemoteStore

        if isinstance(store, RemoteStore) and store.location.account == EVERY_ACCOUNT:
            # It looks after that itself, and knows whose its buckets are.
            return RemoteStore(replace(store.location, account=str(account)))
    return ScopedStore(store, account, granted)


def cached_store(store: ObjectStore, cache: ObjectCache, account: int) -> ObjectStore:
    """Return a store that finds on this machine what was fetched for the same account before.

    Args:
        store: The store; what lies in a folder is read in place, and needs no cache.
        cache: The cache.
        account: Whose programs read.
    """
    if store.folder is not None:
        return store
    if isinstance(store, ScopedStore):
        return store.over(cached_store(store.inner, cache, account))
    from batchcompute.server.objects.remote.store import RemoteStore

    return store.with_cache(cache.of(account)) if isinstance(store, RemoteStore) else store


def secret_files(url: str) -> tuple[Path, ...]:
    """Return the files that hold the access keys to an object store; none for a folder.

    Args:
        url: As `open_store` takes it.

    Raises:
        ValueError: It cannot be understood.
    """
    scheme = _SCHEME.match(url)
    if scheme is None or scheme[1].lower() not in ("oss", "s3"):
        return ()
    from batchcompute.server.objects.remote.location import Location

    place = Location.parse(url, os.environ)
    return tuple(map(Path, filter(None, (place.credentials, place.program_credentials))))


def open_store(url: str | Path) -> ObjectStore:
    """Open an object store.

    Args:
        url: `file:///absolute/path` or a plain path, for a folder that is made if it is not there;
            or `oss://…` or `s3://…`, see `Location`. What that leaves open, and the access key, is
            found in the environment.

    Returns:
        The store. A remote one is not asked anything yet.

    Raises:
        ValueError: No kind of store is known by this scheme, the address is incomplete, or a remote
            store has no access key or no client. Secrets are not repeated.
    """
    text = str(url)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return FolderStore(Path(text))
    kind = scheme[1].lower()
    if kind in ("oss", "s3"):
        # Loaded when it is needed, as it is little that most services use.
        from batchcompute.server.objects.remote.location import Location
        from batchcompute.server.objects.remote.store import RemoteStore

        return RemoteStore(Location.parse(text, os.environ))
    if kind in ("http", "https"):
        raise ValueError(
            "the URL of an object store tells its protocol: write oss://?endpoint=URL or "
            "s3://?endpoint=URL"
        )
    if kind != "file":
        raise ValueError(
            f"objects cannot be kept at {scheme[1]}://…, only in a folder (file:///path or a plain "
            "path), in OSS (oss://…) or in S3 (s3://…)"
        )
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise ValueError(f"{text!r} names no folder of this machine; write file:///absolute/path")
    return FolderStore(Path(unquote(parts.path)))
