# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""A client library for accessing BatchCompute API 2015-11-11"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
