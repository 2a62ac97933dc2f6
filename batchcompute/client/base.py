"""Hold what the synchronous and the asynchronous client share."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Self, cast

from batchcompute._http.builder import RequestBuilder
from batchcompute._http.headers import HeaderValue, warn_of_options
from batchcompute._http.options import NOT_GIVEN, NotGiven, Options, TimeoutSpec
from batchcompute.config import (
    API_VERSION,
    REGIONS,
    Credentials,
    find_credentials,
    resolve_credentials,
    resolve_endpoint,
)
from batchcompute.exceptions import ConfigError
from batchcompute.retry import RetryPolicy


def _given(
    credentials: Any, key: tuple[str | None, ...]
) -> Credentials | Callable[[], Credentials]:
    """Return credentials, or a source of them, that a program gave in place of an access key."""
    if any(key):
        raise ConfigError("credentials are given twice: as a source, and as an access key")
    if isinstance(credentials, Credentials):
        # The same checks as for an access key that is given in parts.
        parts = credentials.access_key_id, credentials.access_key_secret
        return resolve_credentials(*parts, credentials.security_token, {})
    if not callable(credentials):
        # Never name the value: it may be the secret.
        raise TypeError("credentials must be Credentials, or a function that returns them")
    # Its result is checked at each call.
    return cast("Callable[[], Credentials]", credentials)


class BaseClient:
    """Settings of a client."""

    #: Version of the API that new clients ask for.
    API_VERSION = API_VERSION

    _builder: RequestBuilder
    _options: Options

    def _set_up(
        self,
        region: str,
        access_key_id: str | None,
        access_key_secret: str | None,
        security_token: str | None,
        security_conn: bool | None,
        credentials: Any,
        default_headers: Mapping[str, HeaderValue] | None,
        headers: Mapping[str, HeaderValue],
    ) -> None:
        key = (access_key_id, access_key_secret, security_token)
        self._builder = RequestBuilder(
            resolve_endpoint(region, security_conn),
            find_credentials(*key) if credentials is None else _given(credentials, key),
            self.API_VERSION,
            {**(default_headers or {}), **headers},
        )
        warn_of_options(headers)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._builder.endpoint.url!r})"

    def __copy__(self) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        return made

    def __reduce__(self) -> NoReturn:
        # Its connections and locks belong to this process, and its secret should not travel.
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied deeply: make one in each process, "
            "or use client.with_options() for a copy that shares its connections"
        )

    def with_options(
        self,
        *,
        timeout: TimeoutSpec | NotGiven = NOT_GIVEN,
        retry: RetryPolicy | NotGiven | None = NOT_GIVEN,
        headers: Mapping[str, HeaderValue] | None = None,
    ) -> Self:
        """Return a client that differs in some options, for one call or for many.

        It shares everything else with this one, the connections included: closing either closes
        both. `client.with_options(timeout=5).get_job(job)` costs no more than the call.

        Args:
            timeout: As in the constructor.
            retry: As in the constructor; None tries each request once.
            headers: Headers to send besides those that this client sends, or instead of them; None
                as a value leaves one out.

        Returns:
            The other client.

        Raises:
            TypeError: An option has the wrong type.
            ConfigError: A header cannot be sent.
        """
        made = copy.copy(self)
        made._builder = self._builder.with_headers(headers or {})
        made._options = self._options.replaced(timeout, retry)
        return made

    def _within(self, seconds: float) -> Self:
        """Return a client whose calls, retries included, take at most some seconds."""
        made = copy.copy(self)
        made._options = self._options.within(seconds)
        return made

    # -- settings -----------------------------------------------------------------------------

    @staticmethod
    def register_region(region_name: str, url: str, port: int = 80) -> None:
        """Add a region to those that clients know, or replace it.

        Args:
            region_name: Region id.
            url: Host of its endpoint. A port behind it counts if no other is given.
            port: Port of the service; 80 stands for the scheme's own. With `security_conn=True` it
                does not count: that is port 443.

        Raises:
            ConfigError: A value is empty, of the wrong type, or nothing that requests can go to,
                such as a URL.
        """
        REGIONS.register(region_name, url, port)

    @staticmethod
    def get_regions() -> dict[str, str]:
        """Return all known regions.

        Returns:
            Region id -> host of its endpoint, as a copy.
        """
        return REGIONS.hosts()

    @property
    def version(self) -> str:
        """The version of the API that this client asks for."""
        return self._builder.version

    @version.setter
    def version(self, value: str) -> None:
        self._builder = self._builder.with_version(value)

    def get_version(self) -> str:
        """Return the version of the API that this client asks for.

        Returns:
            The version, such as `2015-11-11`.
        """
        return self.version

    def set_version(self, value: str) -> None:
        """Set the version of the API that this client asks for, and no other client.

        Args:
            value: The version, such as `2015-11-11`.

        Raises:
            ConfigError: The version is not a string, or cannot be sent.
        """
        self.version = value
