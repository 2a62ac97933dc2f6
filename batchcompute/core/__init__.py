"""Old import path: the exceptions and the low-level `Api`. New programs import the package root."""

from typing import TYPE_CHECKING, Any

from batchcompute.core.exceptions import ClientError as ClientError
from batchcompute.core.exceptions import FieldError as FieldError
from batchcompute.core.exceptions import JSONError as JSONError
from batchcompute.core.exceptions import JsonError as JsonError
from batchcompute.core.exceptions import ValidationError as ValidationError

if TYPE_CHECKING:
    from batchcompute.legacy.api import Api as Api

__all__ = ["Api", "ClientError", "FieldError", "JSONError", "JsonError", "ValidationError"]


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        # Lazy: programs come here for `ClientError`, and `Api` loads the HTTP library.
        if name == "Api":
            from batchcompute.legacy.api import Api

            return Api
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
