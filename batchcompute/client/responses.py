"""The results of the clients' methods, and the statuses in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import responses
from batchcompute._generated.api.exports import statuses
from batchcompute._operations.pages import AsyncListResponse as AsyncListResponse
from batchcompute._operations.pages import AsyncPager as AsyncPager
from batchcompute._operations.pages import ListResponse as ListResponse
from batchcompute._operations.responses import ActionResponse as ActionResponse
from batchcompute._operations.responses import CreateResponse as CreateResponse
from batchcompute._operations.responses import GetResponse as GetResponse
from batchcompute._operations.responses import RawResponse as RawResponse

if TYPE_CHECKING:
    from batchcompute._generated.api.exports.statuses import *  # noqa: F403
    from batchcompute._generated.api.responses import *  # noqa: F403


if not TYPE_CHECKING:  # type checkers know the names above, and no others
    #: Old programs import these from here.
    __all__ = [
        "ActionResponse",
        "CreateResponse",
        "GetResponse",
        "ListResponse",
        "RawResponse",
        *statuses.__all__,
    ]

    def __getattr__(name: str) -> Any:
        for source in (responses, statuses):
            if name in source.__all__:
                return getattr(source, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
