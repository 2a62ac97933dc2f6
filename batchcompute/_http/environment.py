"""Read trusted certificates and proxies from the environment."""

from __future__ import annotations

import os
import ssl
import sys
from functools import lru_cache

# httpx brings it along, and trusts the same.
import certifi

from batchcompute._locks import ForkSafeLock
from batchcompute.config import Endpoint
from batchcompute.exceptions import ConfigError

_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
_loading = ForkSafeLock()


def may_have_proxy(endpoint: Endpoint) -> bool:
    """Return whether the environment names a proxy; httpx knows for which hosts.

    Args:
        endpoint: Where requests go.
    """
    if endpoint.is_loopback:
        return False  # a proxy cannot reach a service on this machine
    if sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies

        return bool(getproxies())
    return any(value and name.lower() in _PROXIES for name, value in os.environ.items())


def trusted() -> ssl.SSLContext:
    """Return the certificates that httpx trusts, loaded once in a process.

    Loading takes longer than a request, and old programs make a client for each of theirs.

    Raises:
        ConfigError: The environment names some that cannot be loaded.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        # Threads that begin together would each load them.
        with _loading:
            return _load(file or None, folder or None)
    except OSError as error:
        # The first that is set is the one that counts.
        named = f"SSL_CERT_FILE={file}" if file else f"SSL_CERT_DIR={folder}" if folder else "httpx"
        raise ConfigError(f"the certificates of {named} cannot be loaded: {error}") from None


@lru_cache(maxsize=8)
def _load(file: str | None, folder: str | None) -> ssl.SSLContext:
    if file:
        return ssl.create_default_context(cafile=file)
    if folder:
        return ssl.create_default_context(capath=folder)
    return ssl.create_default_context(cafile=certifi.where())
