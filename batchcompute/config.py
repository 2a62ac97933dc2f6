"""Resolve endpoint and credentials: from arguments first, then from the environment."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from batchcompute.exceptions import ConfigError
from batchcompute.regions import ENDPOINTS

#: Version of the service's API, sent with every request.
API_VERSION = "2015-11-11"
_HTTP_PORT = 80
_HTTPS_PORT = 443
#: A part of a host name; underscores are no rule of DNS, but names of containers have them.
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_LONGEST_HOST = 253
_PUBLIC_HOST = re.compile(r"^batchcompute(?:-vpc)?\.(?P<region>[a-z0-9-]+)\.aliyuncs\.com$")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go.

    Attributes:
        url: Scheme, host and port, without a path.
        region: Region id for the `x-acs-region-id` header; "" if it is not known.
    """

    url: str
    region: str

    @property
    def is_secure(self) -> bool:
        """Return whether requests are encrypted."""
        return self.url.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Return whether requests stay on this machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long a request may take, in seconds; None is without limit.

    Attributes:
        connect: To reach the service.
        read: Without a byte received or sent, and to wait for a free connection.
        total: For the whole call, with all its retries and the waits between them. It is kept to
            the moment, with one exception: a `Client` that sends through httpx (there is a proxy,
            or an `http_client`) looks at the clock whenever something of the body has come, so
            that a server that sends its headers a few bytes at a time, each within `read`, can hold
            it up for as long as that lasts.
    """

    connect: float | None = 10.0
    read: float | None = 60.0
    total: float | None = None


#: The default of clients.
DEFAULT_TIMEOUT = Timeout()


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; the secret and the token are left out of its text form.

    Attributes:
        access_key_id: The key's id.
        access_key_secret: The key's secret.
        security_token: Token of temporary credentials, or "".
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)


class RegionTable:
    """Region ids with their hosts and plain-HTTP ports; safe to use from several threads."""

    def __init__(self) -> None:
        # Each step on it is atomic, so that it needs no lock, which a fork could leave closed.
        self._regions: dict[str, tuple[str, int | None]] = {
            region: (host, None) for region, host in ENDPOINTS.items()
        }

    def register(self, region: str, host: str, port: int = _HTTP_PORT) -> None:
        """Add a region, or replace its host and port.

        Args:
            region: Region id.
            host: Host name, without scheme. A port behind it counts if no other is given.
            port: Port of the service; 80 stands for the scheme's own.

        Raises:
            ConfigError: A value is empty, of the wrong type, or nothing that requests can go to.
        """
        # Types are looked at here and below because programs that nobody checks give anything.
        if not isinstance(region, str) or not region.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigError(f"the region must be a non-empty text, not {region!r}")
        region = sendable("region", region)
        if not isinstance(host, str) or not host.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigError(f"the host of region {region} must be a non-empty text, not {host!r}")
        number = isinstance(port, int) and not isinstance(port, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not number or not 0 < port < 65536:
            raise ConfigError(f"the port of region {region} must be in [1, 65535], not {port!r}")
        name, behind = _host_and_port(host.strip())
        shown = _without_user(host.strip())
        if name is None:
            raise ConfigError(
                f"the host of region {region} must be HOST or HOST:PORT, not {shown!r}; "
                'a service with a URL needs no region: Client("http://…")'
            )
        if behind is not None and port not in (_HTTP_PORT, behind):
            raise ConfigError(f"region {region} is given two ports: {shown!r} and {port}")
        port = port if behind is None else behind
        self._regions[region] = name, None if port == _HTTP_PORT else port

    def hosts(self) -> dict[str, str]:
        """Return region id -> host, as a copy."""
        return {region: host for region, (host, _) in self._regions.copy().items()}

    def find(self, name: str) -> tuple[str, str, int | None] | None:
        """Return region id, host and registered port for a region id or a registered host."""
        regions = self._regions.copy()
        region = name if name in regions else None
        if region is None:
            wanted = name.lower()
            found = (key for key, (host, _) in regions.items() if host.lower() == wanted)
            region = next(found, None)
        return None if region is None else (region, *regions[region])


#: Regions that every client of the process knows.
REGIONS = RegionTable()


def resolve_endpoint(
    region: str,
    security_conn: bool | None = None,
    environ: Mapping[str, str] = os.environ,
    table: RegionTable = REGIONS,
) -> Endpoint:
    """Resolve the endpoint that requests go to.

    `BATCHCOMPUTE_ENDPOINT` redirects every region constant, id and host, so that an unchanged
    program can be sent to another service; only a URL in the program itself is stronger.

    Args:
        region: Region constant, region id, host, or URL; "" takes `BATCHCOMPUTE_REGION`.
        security_conn: False asks for plain HTTP, True for HTTPS; None leaves it to the URL, HTTPS
            if there is none.
        environ: The environment.
        table: The known regions.

    Returns:
        The endpoint.

    Raises:
        ConfigError: The region is unknown or the arguments contradict each other.
    """
    if not isinstance(region, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError(f"the region must be a text, not {type(region).__name__}")
    name = region.strip() or environ.get("BATCHCOMPUTE_REGION", "").strip()
    redirect = environ.get("BATCHCOMPUTE_ENDPOINT", "").strip()
    if redirect and "://" not in name:
        known = table.find(name) or _from_public_host(name)
        found = _from_url(redirect if "://" in redirect else f"https://{redirect}", table)
        return Endpoint(found.url, known[0] if known else found.region)
    if not name:
        raise ConfigError(
            "no region given: pass one (for example CN_SHENZHEN), "
            "or set BATCHCOMPUTE_REGION or BATCHCOMPUTE_ENDPOINT"
        )
    if "://" in name:
        endpoint = _from_url(name, table)
        if security_conn is not None and security_conn != endpoint.is_secure:
            raise ConfigError(f"security_conn={security_conn} contradicts {endpoint.url}")
        return endpoint
    secure = security_conn is None or bool(security_conn)
    known = table.find(name) or _from_public_host(name)
    if known is not None:
        region_id, host, port = known
        # A registered port was never that of the encryption that a program asks for.
        return Endpoint(_url(secure, host, None if security_conn else port), region_id)
    if "." in name or ":" in name or name == "localhost":
        return _from_url(f"{'https' if secure else 'http'}://{name}", table)
    raise ConfigError(
        f"unknown region {name!r}: give a region id ({', '.join(sorted(table.hosts()))}), "
        "a host, or a URL"
    )


def resolve_credentials(
    access_key_id: str | None,
    access_key_secret: str | None,
    security_token: str | None,
    environ: Mapping[str, str] = os.environ,
) -> Credentials:
    """Resolve the credentials that requests are signed with.

    Args:
        access_key_id: Access key id; None or "" takes `ALIBABA_CLOUD_ACCESS_KEY_ID`.
        access_key_secret: Its secret; None or "" takes `ALIBABA_CLOUD_ACCESS_KEY_SECRET`.
        security_token: Token of temporary credentials. The environment's
            (`ALIBABA_CLOUD_SECURITY_TOKEN`) is taken only along with the environment's key.
        environ: The environment.

    Returns:
        The credentials.

    Raises:
        ConfigError: A part is missing or no text.
    """
    key = _sendable_key(access_key_id or "", access_key_secret or "", security_token or "")
    if not key.access_key_id and not key.access_key_secret:
        key = _sendable_key(
            environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
            environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
            key.security_token or environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        )
    if missing := _missing_part(key):
        raise ConfigError(
            f"no access key {missing}: pass access_key_id and access_key_secret, or set "
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
        )
    return key


def sendable(what: str, value: object) -> str:
    """Return a string that can be sent in a header, without the blanks around it.

    Args:
        what: What it is, for the error. The value itself is not named: it may be a secret, also
            in the wrong place.
        value: The text.

    Raises:
        ConfigError: It is not a string, or has characters that no header can have.
    """
    if not isinstance(value, str):
        raise ConfigError(f"the {what} must be a text, not {type(value).__name__}")
    text = value.strip()
    if not (text.isascii() and text.isprintable()):
        raise ConfigError(f"the {what} must be printable ASCII")
    return text


def sendable_credentials(found: Credentials) -> Credentials:
    """Check credentials from elsewhere, and return them without blanks around them.

    Raises:
        ConfigError: A part is missing, no text, or has characters that no header can have.
    """
    key = _sendable_key(found.access_key_id, found.access_key_secret, found.security_token or "")
    if missing := _missing_part(key):
        raise ConfigError(f"no access key {missing} in the credentials")
    return key


def _sendable_key(key_id: object, secret: object, token: object) -> Credentials:
    return Credentials(
        sendable("access key id", key_id),
        sendable("access key secret", secret),
        sendable("security token", token),
    )


def _missing_part(key: Credentials) -> str:
    if not key.access_key_id:
        return "id"
    return "" if key.access_key_secret else "secret"


_NONE_FOUND = "the vendor's credentials library found no access key"
_INSTEAD = (
    "give it one, pass access_key_id and access_key_secret, or set ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
)


class VendorCredentials:
    """Access keys that the vendor's credentials library finds and refreshes.

    Its own chain decides where: profiles, roles of the machine, OIDC, a credentials URL. Calling it
    returns the key of this moment; the library renews temporary ones in time.

    Args:
        client: An `alibabacloud_credentials.client.Client`; by default one with the default chain.

    Raises:
        ImportError: The library is not installed.
    """

    def __init__(self, client: Any = None) -> None:
        self._is_own = client is None
        self._client = _vendor_client() if client is None else client

    def __call__(self) -> Credentials:
        """Return the access key of this moment.

        Raises:
            ConfigError: The library finds none.
        """
        return self._found()

    def refresh(self) -> Credentials:
        """Return a new access key, because the service has refused the last one.

        Raises:
            ConfigError: The library finds none.
        """
        if self._is_own:
            # Another client has kept no key.
            self._client = _vendor_client()
        return self._found()

    def _found(self) -> Credentials:
        try:
            found = self._client.get_credential()
        except Exception as error:  # the library raises what its sources raise
            raise ConfigError(f"{_NONE_FOUND}: {type(error).__name__}; {_INSTEAD}") from error
        key_id, secret = found.access_key_id, found.access_key_secret
        if not key_id or not secret:
            raise ConfigError(f"{_NONE_FOUND}; {_INSTEAD}")
        return Credentials(key_id, secret, found.security_token or "")


def _vendor_client() -> Any:
    return import_module("alibabacloud_credentials.client").Client()


def find_credentials(
    access_key_id: str | None,
    access_key_secret: str | None,
    security_token: str | None,
    environ: Mapping[str, str] = os.environ,
) -> Credentials | Callable[[], Credentials]:
    """Resolve the credentials; without any, use the vendor's library.

    Args:
        access_key_id: As in `resolve_credentials`.
        access_key_secret: As in `resolve_credentials`.
        security_token: As in `resolve_credentials`.
        environ: The environment.

    Returns:
        The credentials, or a source of them to be asked before each request.

    Raises:
        ConfigError: A part is missing or no text, or there are none at all.
    """
    try:
        return resolve_credentials(access_key_id, access_key_secret, security_token, environ)
    except ConfigError:
        names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
        if access_key_id or access_key_secret or any(environ.get(name) for name in names):
            raise  # half a key is a mistake, not a wish to look elsewhere
        try:
            return VendorCredentials()
        except ImportError:
            pass
        raise


def _from_public_host(name: str) -> tuple[str, str, None] | None:
    match = _PUBLIC_HOST.match(name)
    return (match["region"], name, None) if match else None


def _from_url(url: str, table: RegionTable) -> Endpoint:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError(f"the endpoint {_without_user(url)!r} is not a URL: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(
            f"the endpoint {_without_user(url)!r} must be http://HOST:PORT or https://HOST:PORT"
        )
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigError(
            f"the endpoint {_without_user(url)!r} must have no user, path or query: "
            "only scheme, host and port"
        )
    if not _is_host(host):
        raise ConfigError(
            f"the endpoint {_without_user(url)!r} has no host name that requests can be sent to; "
            "one in another script must be given in its ASCII form (xn--…)"
        )
    shown = f"[{host}]" if ":" in host else host
    known = table.find(shown) or _from_public_host(host)
    return Endpoint(_url(parts.scheme == "https", shown, port), known[0] if known else "")


def _host_and_port(text: str) -> tuple[str | None, int | None]:
    """Return the host as URLs have it, or None if there is none, and the port if there is one."""
    if _is_host(text):
        return (f"[{text}]" if ":" in text else text), None
    host, _, port = text.rpartition(":")
    if not host or text.endswith("]"):
        host, port = text, ""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not _is_host(bare) or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        return None, None
    return host, int(port) if port else None


def _is_host(name: str) -> bool:
    if ":" in name:
        try:
            ipaddress.IPv6Address(name)
        except ValueError:
            return False
        return True
    name = name.removesuffix(".")
    return len(name) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, name.split(".")))


def _url(secure: bool, host: str, port: int | None) -> str:
    scheme, own = ("https", _HTTPS_PORT) if secure else ("http", _HTTP_PORT)
    return f"{scheme}://{host}" + (f":{port}" if port is not None and port != own else "")


def _without_user(url: str) -> str:
    """Hide what may be a password in a URL that is about to be shown."""
    return re.sub(r"//[^/@]*@", "//***@", url)
