"""Keywords of the clients' constructors, for type checkers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import httpx

    from batchcompute._http.headers import HeaderValue
    from batchcompute._http.options import TimeoutSpec
    from batchcompute.config import Credentials
    from batchcompute.retry import RetryPolicy


class _AnyClientOptions(TypedDict, total=False):
    """Keywords of both clients' constructors."""

    region: str
    access_key_id: str | None
    access_key_secret: str | None
    security_token: str | None
    security_conn: bool | None
    human_readable: bool
    timeout: TimeoutSpec
    retry: RetryPolicy | None
    credentials: Credentials | Callable[[], Credentials] | None
    default_headers: Mapping[str, HeaderValue] | None


class ClientOptions(_AnyClientOptions, total=False):
    """Keywords of `Client`."""

    http_client: httpx.Client | None


class AsyncClientOptions(_AnyClientOptions, total=False):
    """Keywords of `AsyncClient`."""

    http_client: httpx.AsyncClient | None
