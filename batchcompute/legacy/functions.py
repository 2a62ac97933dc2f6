"""Old import path of small helpers. Thin, and for old programs alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import partial as partial
from types import ModuleType
from typing import Any, NoReturn, TypeVar, overload
from urllib.parse import quote

from batchcompute.config import REGIONS, sendable
from batchcompute.exceptions import ConfigError as ConfigError
from batchcompute.legacy.constants import UTC_FORMAT

__all__ = [
    "ConfigError",
    "add_metaclass",
    "add_region",
    "datetime_timestamp",
    "do_tar",
    "get_all_region",
    "get_api_version",
    "get_local_ip",
    "get_region",
    "gmt_time",
    "iget",
    "import_httplib",
    "import_json",
    "local2utc",
    "partial",
    "set_api_version",
    "str2datetime",
    "str_md5",
    "timediff",
    "timestamp_datetime",
    "url_safe",
    "utc2local",
    "utf8",
]

_T = TypeVar("_T")


# -- regions and version --------------------------------------------------------------------------


def get_region(endpoint: str) -> str:
    """Return the region id of an endpoint; the first one registered, if there are several.

    Raises:
        ConfigError: No region has this endpoint.
    """
    for region, host in REGIONS.hosts().items():
        if host == endpoint:
            return region
    raise ConfigError(f"no region has the endpoint {endpoint!r}")


def add_region(region: str, url: str, port: int = 80) -> None:
    """Register a region, as `Client.register_region` does; other clients keep their port."""
    REGIONS.register(region, url, port)


def get_all_region() -> dict[str, str]:
    """Return region id -> endpoint of all known regions, as a copy."""
    return REGIONS.hosts()


def set_api_version(version: str) -> None:
    """Set the version of the API that clients made from now on ask for.

    Raises:
        ConfigError: It is no text, or cannot be sent in a header.
    """
    from batchcompute.client._sync.client import Client

    version = sendable("version", version)
    # On the class that has it, so that every kind of client follows.
    owner = next(cls for cls in Client.__mro__ if "API_VERSION" in vars(cls))
    setattr(owner, "API_VERSION", version)  # noqa: B010  # mypy knows only that it is a class


def get_api_version() -> str:
    """Return the version of the API that new clients ask for."""
    from batchcompute.client._sync.client import Client

    return Client.API_VERSION


# -- text -----------------------------------------------------------------------------------------


def str_md5(s: object) -> str:
    """Return the lower-case hexadecimal MD5 of a value's text in UTF-8."""
    return hashlib.md5(str(s).encode("utf-8"), usedforsecurity=False).hexdigest()


def utf8(s: str | bytes) -> str:
    """Return text as it is, and bytes decoded."""
    return s if isinstance(s, str) else s.decode("utf-8")


def iget(d: Mapping[str, Any], key: str) -> Any:
    """Return a value whose key differs at most in case and surrounding blanks, or ""."""
    wanted = key.strip().lower()
    return next((value for name, value in d.items() if name.strip().lower() == wanted), "")


def url_safe(s: str) -> str:
    """Percent-encode everything but letters, digits and `_.-~`."""
    return quote(s, safe="")


# -- time -----------------------------------------------------------------------------------------


def gmt_time() -> str:
    """Return the time of now as HTTP headers have it."""
    return formatdate(usegmt=True)


def timestamp_datetime(timestamp: float) -> datetime:
    """Return the local time of seconds since the epoch."""
    return datetime.fromtimestamp(timestamp)


def datetime_timestamp(moment: datetime) -> float:
    """Return the seconds since the epoch of a local time."""
    return moment.timestamp()


@overload
def timediff(start: float) -> str: ...
@overload
def timediff(start: datetime, end: datetime) -> timedelta: ...
def timediff(start: float | datetime, end: datetime | None = None) -> str | timedelta:
    """Return a number of seconds in words, or the time from one moment to another.

    Args:
        start: Seconds, such as 86402 for "1 Day 2 Seconds"; or a moment, if there is an end.
        end: A later moment.

    Raises:
        TypeError: There is an end and no moment before it, or a moment and no end.
    """
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end - start
    if isinstance(start, datetime) or end is not None:
        raise TypeError("timediff takes seconds, or two moments")
    seconds = int(start)
    if seconds < 0:
        return f"-{timediff(-seconds)}"
    words: list[str] = []
    for unit, size in (("Day", 86400), ("Hour", 3600), ("Minute", 60), ("Second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(words) or "0"


def str2datetime(s: str, format_: str = UTC_FORMAT) -> datetime:
    """Read a time that is written in a format of `strptime`."""
    return datetime.strptime(s, format_)


def utc2local(moment: datetime) -> datetime:
    """Turn a naive time in UTC into a naive local one, by the zone rules of that day."""
    return moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def local2utc(moment: datetime) -> datetime:
    """Turn a naive local time into a naive one in UTC, by the zone rules of that day."""
    return moment.astimezone(UTC).replace(tzinfo=None)


# -- remains of two Pythons -----------------------------------------------------------------------


def import_json() -> ModuleType:
    """Return the module `json`."""
    return json


def import_httplib() -> ModuleType:
    """Return the module `http.client`."""
    import http.client

    return http.client


def add_metaclass(metaclass: type) -> Callable[[type[_T]], type[_T]]:
    """Return a class decorator that makes the class again with a metaclass."""

    def remake(cls: type[_T]) -> type[_T]:
        made_anew = ("__dict__", "__weakref__")
        content = {name: value for name, value in vars(cls).items() if name not in made_anew}
        remade: type[_T] = metaclass(cls.__name__, cls.__bases__, content)
        return remade

    return remake


def get_local_ip() -> str:
    """Return the address under which this machine knows itself."""
    import socket

    return socket.gethostbyname(socket.gethostname())


def do_tar(*_arguments: object, **_options: object) -> NoReturn:
    """Gone: a wrong guess at the order of its arguments would overwrite files.

    Raises:
        NotImplementedError: Always; it names what to use instead.
    """
    raise NotImplementedError("do_tar is gone: use the standard library's tarfile or shutil")
