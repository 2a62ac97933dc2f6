"""SDK for the BatchCompute API.

Importing this package costs next to nothing: every name below is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchcompute._version import __version__ as __version__

if TYPE_CHECKING:
    from batchcompute import client as client
    from batchcompute import core as core
    from batchcompute import local as local
    from batchcompute import resources as resources
    from batchcompute import server as server
    from batchcompute import types as types
    from batchcompute import utils as utils
    from batchcompute.client._async.client import AsyncClient as AsyncClient
    from batchcompute.client._sync.client import Client as Client
    from batchcompute.config import Credentials as Credentials
    from batchcompute.config import Timeout as Timeout
    from batchcompute.exceptions import AuthenticationError as AuthenticationError
    from batchcompute.exceptions import BatchComputeError as BatchComputeError
    from batchcompute.exceptions import BatchComputeWarning as BatchComputeWarning
    from batchcompute.exceptions import ClientError as ClientError
    from batchcompute.exceptions import ConfigError as ConfigError
    from batchcompute.exceptions import ExtensionMissingError as ExtensionMissingError
    from batchcompute.exceptions import FieldError as FieldError
    from batchcompute.exceptions import InvalidParameterError as InvalidParameterError
    from batchcompute.exceptions import JobFailedError as JobFailedError
    from batchcompute.exceptions import JSONError as JSONError
    from batchcompute.exceptions import JsonError as JsonError
    from batchcompute.exceptions import NotFoundError as NotFoundError
    from batchcompute.exceptions import QuotaExhaustedError as QuotaExhaustedError
    from batchcompute.exceptions import RequestTimeoutError as RequestTimeoutError
    from batchcompute.exceptions import ServiceError as ServiceError
    from batchcompute.exceptions import StateConflictError as StateConflictError
    from batchcompute.exceptions import ThrottledError as ThrottledError
    from batchcompute.exceptions import TransportError as TransportError
    from batchcompute.exceptions import ValidationError as ValidationError
    from batchcompute.exceptions import WaitTimeoutError as WaitTimeoutError
    from batchcompute.regions import AP_SOUTHEAST_1 as AP_SOUTHEAST_1
    from batchcompute.regions import AP_SOUTHEAST_2 as AP_SOUTHEAST_2
    from batchcompute.regions import CN_BEIJING as CN_BEIJING
    from batchcompute.regions import CN_CHENGDU as CN_CHENGDU
    from batchcompute.regions import CN_HANGZHOU as CN_HANGZHOU
    from batchcompute.regions import CN_HONGKONG as CN_HONGKONG
    from batchcompute.regions import CN_HUHEHAOTE as CN_HUHEHAOTE
    from batchcompute.regions import CN_QINGDAO as CN_QINGDAO
    from batchcompute.regions import CN_SHANGHAI as CN_SHANGHAI
    from batchcompute.regions import CN_SHENZHEN as CN_SHENZHEN
    from batchcompute.regions import CN_ZHANGJIAKOU as CN_ZHANGJIAKOU
    from batchcompute.regions import EU_CENTRAL_1 as EU_CENTRAL_1
    from batchcompute.regions import US_EAST_1 as US_EAST_1
    from batchcompute.regions import US_WEST_1 as US_WEST_1
    from batchcompute.retry import RetryEvent as RetryEvent
    from batchcompute.retry import RetryPolicy as RetryPolicy

__author__ = "The batchcompute authors"

_HOMES = {
    "batchcompute.client._async.client": ("AsyncClient",),
    "batchcompute.client._sync.client": ("Client",),
    "batchcompute.config": ("Credentials", "Timeout"),
    "batchcompute.exceptions": (
        "AuthenticationError",
        "BatchComputeError",
        "BatchComputeWarning",
        "ClientError",
        "ConfigError",
        "ExtensionMissingError",
        "FieldError",
        "InvalidParameterError",
        "JSONError",
        "JobFailedError",
        "JsonError",
        "NotFoundError",
        "QuotaExhaustedError",
        "RequestTimeoutError",
        "ServiceError",
        "StateConflictError",
        "ThrottledError",
        "TransportError",
        "ValidationError",
        "WaitTimeoutError",
    ),
    "batchcompute.regions": (
        "AP_SOUTHEAST_1",
        "AP_SOUTHEAST_2",
        "CN_BEIJING",
        "CN_CHENGDU",
        "CN_HANGZHOU",
        "CN_HONGKONG",
        "CN_HUHEHAOTE",
        "CN_QINGDAO",
        "CN_SHANGHAI",
        "CN_SHENZHEN",
        "CN_ZHANGJIAKOU",
        "EU_CENTRAL_1",
        "US_EAST_1",
        "US_WEST_1",
    ),
    "batchcompute.retry": ("RetryEvent", "RetryPolicy"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_SUBPACKAGES = ("client", "core", "local", "resources", "server", "types", "utils")

# Type checkers have the names from the imports above, and need not understand this.
__all__ = [*sorted(_HOME_OF), "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        if name in _HOME_OF:
            found = getattr(import_module(_HOME_OF[name]), name)
        elif name in _SUBPACKAGES:
            found = import_module(f"{__name__}.{name}")
        elif name == "Cient":
            return _documented_misprint()
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found
        return found


def _documented_misprint() -> Any:
    """Return `Client` for `Cient`, as the documentation's example spells it once."""
    import warnings

    from batchcompute.client._sync.client import Client

    warnings.warn("Cient is a misprint for Client", DeprecationWarning, stacklevel=3)
    return Client


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_SUBPACKAGES})
