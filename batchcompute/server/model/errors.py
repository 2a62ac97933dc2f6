"""Errors as the API reports them, and the few that keep the service from starting."""

from __future__ import annotations

from collections.abc import Sequence


class StartError(Exception):
    """The service cannot start; the text is one sentence for the person who started it."""


class TakenError(StartError):
    """Another server uses the data folder or the database, and this one may take its place."""


class ApiError(Exception):
    """An answer that is not a success.

    Attributes:
        status: HTTP status.
        code: The word programs branch on.
        message: A sentence for people.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def missing(name: str, path: str | None = None, *, further: Sequence[str] = ()) -> ApiError:
    """Return the error for a required parameter that is absent.

    Args:
        name: The name that goes into the code.
        path: Where it belongs; the name if absent.
        further: Paths of more parameters that are wrong too.
    """
    text = f"{path or name} is mandatory for this action."
    return ApiError(400, f"Missing{name}", text + _also(further))


def invalid(
    name: str, detail: str, path: str | None = None, *, further: Sequence[str] = ()
) -> ApiError:
    """Return the error for a parameter of a wrong type, size, range or content.

    Args:
        name: The name that goes into the code.
        detail: A sentence that says what it must be.
        path: Where it stands; the name if absent.
        further: Paths of more parameters that are wrong too.
    """
    text = f"Specified parameter {path or name} is not valid. {detail}"
    return ApiError(400, f"Invalid{name}", text + _also(further))


def not_found() -> ApiError:
    """Return the error for a path that names no resource."""
    return ApiError(404, "InvalidResource.NotFound", "Specified resource is not found.")


def already_existing() -> ApiError:
    """Return the error for a name that must be unique and is taken."""
    text = "Specified resource already exists."
    return ApiError(403, "InvalidResource.AlreadyExisting", text)


def state_conflict(state: str) -> ApiError:
    """Return the error for an action that the resource's state does not allow."""
    text = f"User operation is invalid. The current resource state is {state}."
    return ApiError(409, "StateConflict", text)


def forbidden(detail: str = "") -> ApiError:
    """Return the error for a caller who is known but may not do this."""
    text = "User not authorized to operate on the specified resource."
    return ApiError(403, "Forbidden", f"{text} {detail}".rstrip())


def quota_exhausted(name: str, value: int) -> ApiError:
    """Return the error for an account that has as much as it may have.

    Args:
        name: What is limited.
        value: The limit.
    """
    return ApiError(403, "QuotaExhausted", f"The {name} ({value}) quota is exhausted.")


def bad_dag() -> ApiError:
    """Return the error for a job whose dependencies form a circle."""
    return ApiError(400, "BadDAG", "It is a cyclic dag.")


def token_mismatch() -> ApiError:
    """Return the error for an idempotent token that came again with another request."""
    return ApiError(400, "IdempotentTokenMismatch", "Specified idempotent token mismatch.")


def not_implemented(what: str) -> ApiError:
    """Return the error for what the API has, and this service has not."""
    text = f"This server does not implement {what}."
    return ApiError(501, "NotImplemented", text)


def internal() -> ApiError:
    """Our own fault."""
    text = "The request processing has been failed due to some unknown error."
    return ApiError(500, "InternalError", text)


def _also(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    shown = ", ".join(paths[:10])
    more = f", and {len(paths) - 10} more" if len(paths) > 10 else ""
    return f" Wrong as well: {shown}{more}."
