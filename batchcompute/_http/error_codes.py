"""Map error codes to exceptions, and to whether a retry may succeed."""

from __future__ import annotations

from batchcompute import exceptions
from batchcompute._generated.api.facts.errors import CODES, STATUSES, ErrorCode
from batchcompute._generated.api.facts.operations import OPERATIONS
from batchcompute.exceptions import ClientError
from batchcompute.retry import Outcome

#: Codes of services that do not know the path or the method of a request.
_UNKNOWN_PATH = ("InvalidUrlPattern", "MethodNotAllowed", "NotImplemented")
#: Statuses that say the same, where a gateway or another server answers.
_UNKNOWN_PATH_STATUSES = (404, 405, 501)

#: The code assumed for a response without one, or without a body.
_NO_CODE = ("", "Unknown code")


def _listed(code: str) -> ErrorCode | None:
    return next((row for beginning, row in CODES.items() if code.startswith(beginning)), None)


def error_class(status: int, code: str) -> type[ClientError]:
    """Return the class of the exception for a response.

    Args:
        status: HTTP status code, not 2xx.
        code: Error code of the service; "" or anything else if there was none.
    """
    listed, by_status = _listed(code), STATUSES.get(status)
    if by_status is not None and by_status.retry == "rejected":
        found = by_status
    elif status >= 500 and (listed is None or listed.retry != "rejected"):
        # Whatever a failing service says about the request, the failure is its own.
        return exceptions.ServiceError
    elif listed is not None:
        found = listed
        if status == 404 and listed.error == "InvalidParameterError":
            # 404 is about the resource of the request: `InvalidImage.NotFound`, say.
            return exceptions.NotFoundError
    elif by_status is not None:
        found = by_status
    else:
        return ClientError
    kind: type[ClientError] = getattr(exceptions, found.error)
    return kind


def remedy_of(code: str) -> str:
    """Return what lets a retry of a refused request pass: `clock`, `credentials`, or "".

    Args:
        code: Error code of the service; "" or anything else if there was none.
    """
    listed = _listed(code)
    return listed.remedy if listed is not None else ""


def lacks_extension(operation: str, status: int, code: str) -> bool:
    """Say whether a response means that the service does not have an extension of the API.

    Args:
        operation: Name of the operation that was asked for.
        status: HTTP status code, not 2xx.
        code: Error code of the service; "" or anything else if there was none.
    """
    known = OPERATIONS.get(operation)
    if known is None or not known.extension:
        return False
    return code in _UNKNOWN_PATH or (status in _UNKNOWN_PATH_STATUSES and _listed(code) is None)


def outcome_of_response(status: int, code: str) -> Outcome:
    """Classify the request of a response other than 2xx: rejected, maybe done, or final.

    Args:
        status: HTTP status code.
        code: Error code of the service; "" or anything else if there was none.
    """
    listed, by_status = _listed(code), STATUSES.get(status)
    if listed is not None and listed.retry == "rejected":
        return Outcome.REJECTED
    if by_status is not None and by_status.retry != "final":
        return Outcome(by_status.retry)
    if status == 500 and code in _NO_CODE:
        listed = _listed("InternalError")
    # A status with a code of its own is a response about this very request.
    if listed is not None and listed.status == status:
        return Outcome(listed.retry)
    return Outcome.FINAL
