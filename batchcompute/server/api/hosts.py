"""Under which names the service may be asked.

A page in a browser can have its own name resolved to this machine and then talk to what listens
here. It cannot sign, so it gets nothing but errors anyway; this check sees to it that it gets not
even those, nor the page at /docs. Real clients send many names: the hosted service's, when its name
is resolved to this machine; a name of a private network or of a container; an address. None of
these can be a stranger's, because nobody can register them, and all of them are let through.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import lru_cache

from batchcompute.server.model.addresses import is_loopback
from batchcompute.server.model.errors import ApiError

#: Domains whose names no stranger can have: the hosted service's, and those that are reserved for
#: private use (RFC 6761, RFC 6762, RFC 8375, and the reservation of .internal).
PRIVATE_DOMAINS = (
    "aliyuncs.com",
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "localdomain",
    "lan",
    "test",
    "example",
    "invalid",
)

_PORT = re.compile(r":[0-9]*$")


class HostCheck:
    """Knows the names that a service of this machine alone can have."""

    def __init__(self, configured: str) -> None:
        """Allow the name that the service was told to listen on, and all that are private."""
        self._own = {configured.lower(), socket.gethostname().lower()}
        self._allows = lru_cache(maxsize=1024)(self._look)

    @staticmethod
    def for_address(host: str) -> HostCheck | None:
        """Return the check for a service that listens on an address.

        Args:
            host: The address, as it was configured.

        Returns:
            A check if only this machine reaches it. Otherwise None: whoever lets others reach the
            service gives it names that it cannot know.
        """
        return HostCheck(host) if is_loopback(host) else None

    def allows(self, host: bytes) -> bool:
        """Say whether the value of a Host header is fine; an absent one is."""
        return self._allows(host)

    def _look(self, host: bytes) -> bool:
        name = _PORT.sub("", host.decode("latin-1").strip().lower())
        if name.startswith("[") and name.endswith("]"):
            return _is_address(name[1:-1])
        name = name.removesuffix(".")
        if "." not in name or name in self._own or _is_address(name):
            # A name without a dot is one of this machine or its network.
            return ":" not in name or _is_address(name)
        return name.endswith(tuple(f".{domain}" for domain in PRIVATE_DOMAINS))


def unknown_host() -> ApiError:
    """Return the error for a request under a name that is not known."""
    text = "Specified host is not served here. Use an address, or localhost."
    return ApiError(400, "InvalidHost", text)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
