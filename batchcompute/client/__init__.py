"""The client and what its methods return."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute.client.client import Client as Client

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    # Lazy, because response types are imported by the layer below the client.
    if name == "Client":
        from batchcompute.client.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
