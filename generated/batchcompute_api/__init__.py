# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Models and endpoints of the BatchCompute API; each is loaded when it is first used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute_api.client import AuthenticatedClient as AuthenticatedClient
    from batchcompute_api.client import Client as Client

__all__ = ("AuthenticatedClient", "Client")


def __getattr__(name: str) -> Any:
    # Models need no HTTP library, so importing them must not load one.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from batchcompute_api import client

    return getattr(client, name)
