# Derived from batchcompute/client/_async. Do not edit: change that one, then run "make generate".

"""Construct clients of the service, and send their requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, cast

from batchcompute._generated.api.operations.synchronous_methods import Operations
from batchcompute._http.headers import HeaderValue
from batchcompute._http.options import TimeoutSpec
from batchcompute._http.request import PreparedRequest
from batchcompute._http.synchronous import Transport
from batchcompute._operations.pages import ListResponse
from batchcompute._operations.responses import ActionResponse
from batchcompute.client._sync.clusters import ClusterChanges
from batchcompute.client._sync.results import Results
from batchcompute.client._sync.waiting import Waiting
from batchcompute.client.base import BaseClient
from batchcompute.config import DEFAULT_TIMEOUT, Credentials
from batchcompute.retry import DEFAULT_RETRY, RetryPolicy

if TYPE_CHECKING:
    import httpx

    from batchcompute.client._sync.raw import RawCalls
    from batchcompute.client.easy_list import EasyList
    from batchcompute.client.options import ClientOptions

R = TypeVar("R")
T = TypeVar("T")


class Client(
    Operations,
    ClusterChanges[ActionResponse],
    Waiting,
    Results,
    BaseClient,
):
    """A client of the BatchCompute service: `Client`, or `AsyncClient`, whose methods are awaited.

    Threads may share a `Client`, and tasks an `AsyncClient`, under asyncio and trio. An
    `AsyncClient` keeps connections for each event loop that it is used in, so that one serves
    several calls of `asyncio.run`; they are closed with the client, or else when their event loop
    ends.

    Identifier arguments take an id, or anything that has one: a response, a status object, a
    mapping. Descriptions are objects, dicts or JSON text. Every method raises `ClientError` (a
    subclass that says what kind of error it is) if the service refuses, `TransportError` (or its
    subclass `RequestTimeoutError`) if no response comes, and `JsonError` if it is not JSON.

    Options of a single call are those of a copy: `client.with_options(timeout=5).get_job(job)`.

    Args:
        region: A region constant, a region id such as `cn-shenzhen`, a registered or other host,
            or a URL such as `http://127.0.0.1:8642`; by default the environment's
            `BATCHCOMPUTE_REGION`. `BATCHCOMPUTE_ENDPOINT` in the environment redirects everything
            but a URL.
        access_key_id: Id of the access key; by default the environment's
            `ALIBABA_CLOUD_ACCESS_KEY_ID`.
        access_key_secret: Its secret; by default the environment's
            `ALIBABA_CLOUD_ACCESS_KEY_SECRET`.
        security_token: Token of temporary credentials.
        security_conn: False chooses plain HTTP. Everything else is HTTPS with verification, unless
            a URL says otherwise.
        human_readable: Accepted and ignored, for old programs.
        timeout: Seconds to connect, and to wait for data; or a `Timeout`, which tells them apart
            and has a total for the whole call, or an `httpx.Timeout`. None disables it. By
            default 10 s to connect and 60 s to wait for data.
        retry: How often and how long a call is tried; None tries once, and adds no idempotency
            token to creations.
        credentials: `Credentials` instead of an access key, or a function that returns them and is
            asked before each request, and once more if the service has refused those; one that
            keeps them may have a method `refresh`, which is asked then. Without either, the
            environment has the key, or else the vendor's credentials library, if it is installed,
            looks for one.
        http_client: An `httpx.Client` to send with (an `httpx.AsyncClient`, good for one event loop
            only, if the methods are awaited), for proxies, own certificates and the like. It is not
            closed by this client. Its `timeout` counts if this client is given none, unless it is
            the 5 s that httpx has by itself. Its `auth` and `follow_redirects` do not count:
            requests are signed already, and are for the service alone.
        default_headers: Headers for every request. They replace the client's own, except those
            that say what is true anyway (Authorization, Content-Length); None leaves one out.
        **headers: More of them, as old programs give them: `**{"x-client-name": "mine"}`. A word
            that is not a common header draws a `BatchComputeWarning`: it may be a misspelt option.

    Raises:
        ConfigError: The region is unknown, there are no credentials, arguments contradict each
            other, or a header cannot be sent.
        TypeError: An argument has the wrong type, or there is no such option.
    """

    def __init__(
        self,
        region: str = "",
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        security_token: str | None = "",
        security_conn: bool | None = None,
        human_readable: bool = False,
        *,
        timeout: TimeoutSpec = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = DEFAULT_RETRY,
        credentials: Credentials | Callable[[], Credentials] | None = None,
        http_client: httpx.Client | None = None,
        default_headers: Mapping[str, HeaderValue] | None = None,
        **headers: HeaderValue,
    ) -> None:
        key = (access_key_id, access_key_secret, security_token)
        self._set_up(region, *key, security_conn, credentials, default_headers, headers)
        self._transport = Transport(self._builder, timeout, http_client, retry)
        self._options = self._transport.options

    @classmethod
    def from_env(cls, **options: Unpack[ClientOptions]) -> Self:
        """Return a client for the endpoint and with the access key of the environment.

        Args:
            **options: Keyword arguments of the constructor, such as `timeout`.

        Returns:
            The client.

        Raises:
            ConfigError: The environment names no region or endpoint, or no access key.
            TypeError: There is no such option, or its value has the wrong type.
        """
        # For all that type checkers know, a typed dict has more than its keys.
        return cls(**cast("dict[str, Any]", options))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    @property
    def with_raw_response(self) -> RawCalls:
        """The operations of this client, each returning the response as it was received.

        `client.with_raw_response.get_job(job)` has `status`, `headers`, `body` and `request_id`.
        Every other result has the same in `.raw`.
        """
        from batchcompute.client._sync.raw import RawCalls

        return RawCalls(self._send)

    def close(self) -> None:
        """Close the connections; the client cannot be used any more."""
        self._transport.close()

    def _send(self, call: PreparedRequest[R]) -> R:
        return self._transport.send(call, self._builder, self._options)

    def _page(self, call: PreparedRequest[ListResponse[T]]) -> ListResponse[T]:
        first = self._send(call)
        page: ListResponse[T] = ListResponse[T].of(first)
        start = "" if call.wants_no_items else call.marker
        return page.linked(start, lambda marker: self._page(call.at(marker)))

    def _easy_list(
        self, resource_type: Any, resource_info: tuple[Any, ...], filters: dict[str, Any]
    ) -> EasyList[Any]:
        from batchcompute.client.easy_list import EasyList, Query

        return EasyList(Query(resource_type, resource_info, filters), self._send)
