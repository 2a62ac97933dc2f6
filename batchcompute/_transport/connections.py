"""The httpx clients that are used unless the program gives its own."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from batchcompute.config import Endpoint

#: Connections that are open at once at the most, and kept open for the next requests.
MAX_CONNECTIONS = 100


def client_options(endpoint: Endpoint) -> dict[str, Any]:
    """Return what an httpx client of ours is made with.

    Args:
        endpoint: Where its requests go.
    """
    return {
        # Without TLS nothing is verified, so the certificates need not be loaded; a client
        # without any would refuse every server if it were ever asked to speak TLS.
        "verify": True if endpoint.is_secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        "follow_redirects": False,
        # A proxy of the environment cannot reach a service on this machine.
        "trust_env": not endpoint.is_loopback,
        "limits": httpx.Limits(
            max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS
        ),
    }
