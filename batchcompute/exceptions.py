"""Every exception and warning of the package, in one tree.

The five documented names keep their constructors, accessors and texts. `BatchComputeError` is their
common base. Nothing here imports anything else of the package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class BatchComputeError(Exception):
    """Base of everything that this package raises on purpose."""


class BatchComputeWarning(UserWarning):
    """A use of the API that works, but surely not the way its author meant it."""


class ClientError(BatchComputeError):
    """The service rejected the request.

    Args:
        status: HTTP status code.
        code: Error code of the service, for example `InvalidResource.NotFound`.
        request_id: The service's id of this request, to name in support questions.
        msg: The service's sentence about what was wrong.
        operation: Name of the API operation, for example `get_job`; "" if it is not known.
        content: The body as it was received, decoded if it was JSON, text otherwise.
        headers: The response's headers.

    Attributes:
        attempts: How many requests were made until this response was final.
        retry_after: Seconds to wait before the next request, as the service asks (`Retry-After`);
            None if it does not.
    """

    attempts: int = 1
    retry_after: float | None = None

    def __init__(
        self,
        status: int,
        code: str = "",
        request_id: str | None = None,
        msg: str = "",
        operation: str = "",
        content: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, request_id, msg, operation, content, headers)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.msg = msg
        self.operation = operation
        self.content = content
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        if operation:
            # Shown in tracebacks, below the text, which programs know word for word.
            self.add_note(f"The operation was {operation}.")

    def get_status_code(self) -> int:
        """Return the HTTP status code."""
        return self.status

    def get_code(self) -> str:
        """Return the service's error code."""
        return self.code

    def get_requestid(self) -> str | None:
        """Return the service's id of the request, or None if the response carried none."""
        return self.request_id

    def get_msg(self) -> str:
        """Return the service's sentence about the error."""
        return self.msg

    def __str__(self) -> str:
        return (
            f"HTTP Status: {self.status}, Code: {self.code}, "
            f"RequestID: {self.request_id}, Message: {self.msg}."
        )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(status={self.status!r}, code={self.code!r}, "
            f"request_id={self.request_id!r}, msg={self.msg!r}, operation={self.operation!r})"
        )


class AuthenticationError(ClientError):
    """The caller is unknown, the request cannot be verified, or it is not permitted."""


class NotFoundError(ClientError):
    """The requested resource does not exist."""


class StateConflictError(ClientError):
    """The resource's state does not allow the operation: a job that has ended cannot be stopped."""


class InvalidParameterError(ClientError):
    """A parameter of the request is missing, malformed or out of range."""


class QuotaExhaustedError(ClientError):
    """The account's quota is used up; a retry does not help."""


class ThrottledError(ClientError):
    """Too many requests in too short a time; nothing was done, and later ones will pass."""


class ServiceError(ClientError):
    """The service, or a gateway before it, failed; the request may have been carried out."""


class ExtensionMissingError(ClientError):
    """The service does not have an operation that is an extension of the API.

    The hosted service has none of them; the one of this package has those of its version.
    """


class FieldError(BatchComputeError):
    """A name that a class or an operation does not have.

    Args:
        key: The name; it is also the exception's text.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return str(self.key)


class ValidationError(BatchComputeError):
    """A description lacks a required property; nothing was sent.

    Args:
        key: The missing property with its path, for example `Name` or
            `Parameters.Command.CommandLine`, or a sentence if a rule spans several properties.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return str(self.key)


class JsonError(BatchComputeError):
    """A response or an argument that should be JSON is not.

    Args:
        msg: The text, or what is wrong with it.
        operation: Where the text is a response of the service, the name of the API operation.
        status: Its HTTP status code.
        request_id: The service's id of the request, or None if the response carried none.
        headers: Its headers.
    """

    def __init__(
        self,
        msg: str,
        *,
        operation: str = "",
        status: int | None = None,
        request_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(msg)
        self.msg = msg
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.headers: Mapping[str, str] = headers if headers is not None else {}

    def __str__(self) -> str:
        return f"{self.msg!r} is not jsonizable."


#: The documentation's spelling of the same class.
JSONError = JsonError


class ConfigError(BatchComputeError):
    """Unusable settings: an unknown region, a missing key.

    Args:
        msg: What is wrong, in a sentence.
    """

    def __init__(self, msg: str) -> None:
        super().__init__(msg)
        self.msg = msg

    def __str__(self) -> str:
        return str(self.msg)


class TransportError(BatchComputeError, ConnectionError):
    """The network failed: no response was received. Also a `ConnectionError`, hence an `OSError`.

    Args:
        msg: What happened, in a sentence.
        operation: Name of the API operation, for example `get_job`; "" if it is not known.

    Attributes:
        attempts: How many requests were made.
        retryable: Whether the same request may succeed later. It will not if, for example, the
            server's certificate is not trusted.
    """

    attempts: int = 1
    retryable: bool = True

    def __init__(self, msg: str = "", operation: str = "") -> None:
        super().__init__(msg)
        self.operation = operation


class RequestTimeoutError(TransportError, TimeoutError):
    """No response arrived in time. Also a `TimeoutError`."""


class JobFailedError(BatchComputeError):
    """A job that was waited for has failed or was stopped.

    Args:
        job: The job as it ended.
        failures: The instances that failed, the first twenty at the most.

    Attributes:
        job: The job as it ended.
        failures: Each has `task`, `instance`, `exit_code`, `code`, `message`, `stdout`, `stderr`.
    """

    def __init__(self, job: Any, failures: Sequence[Any] = ()) -> None:
        super().__init__(job, failures)
        self.job = job
        self.failures = tuple(failures)

    def __str__(self) -> str:
        lines = [f"job {self.job.Id} ended as {self.job.State}", *map(str, self.failures)]
        if message := getattr(self.job, "Message", ""):
            lines[0] += f": {message}"
        return "\n  ".join(lines)


class WaitTimeoutError(BatchComputeError, TimeoutError):
    """A wait timed out; nothing was stopped. Also a `TimeoutError`.

    Args:
        msg: What was waited for, and for how long.
        last: Id -> newest snapshot of everything that was waited for; None where nothing is known.
    """

    def __init__(self, msg: str, last: Mapping[str, Any] | None = None) -> None:
        super().__init__(msg)
        self.last: Mapping[str, Any] = last if last is not None else {}
