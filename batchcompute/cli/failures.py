"""Errors as the command reports them: one sentence for people, and an exit code for scripts."""

from __future__ import annotations

from batchcompute.cli import exit_codes
from batchcompute.exceptions import (
    AuthenticationError,
    BatchComputeError,
    ClientError,
    ExtensionMissingError,
    NotFoundError,
    StateConflictError,
    TransportError,
    ValidationError,
    WaitTimeoutError,
)


class CommandError(Exception):
    """Something that the command cannot do, and the exit code that says so.

    Args:
        message: What is wrong and what to do, in a sentence.
        code: The exit code.
    """

    def __init__(self, message: str, code: int = exit_codes.ERROR) -> None:
        super().__init__(message)
        self.code = code


class UsageError(CommandError):
    """A command line that makes no sense.

    Args:
        message: What is wrong and what to do, in a sentence.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_codes.USAGE)


#: What to do about refusals whose own words do not say it.
_REMEDIES = {
    "InvalidAccessKeyId.NotFound": "the service does not know the access key id; "
    "`batchcompute doctor` shows which one is used",
    "SignatureDoesNotMatch": "the access key secret does not belong to the access key id; "
    "`batchcompute doctor` shows which one is used",
}
#: What state a job must have, by the operation that was refused.
_STATES = {
    "stop_job": "Only a job that waits or runs can be stopped.",
    "start_job": "Only a job that failed or was stopped can be started again.",
    "delete_job": "Stop it first, or give --force.",
    "change_job_priority": "Only a job that failed or was stopped can get another priority.",
}


def _operand(operation: str) -> str:
    """Return what a request was about that found nothing, with how to find what there is."""
    if "instance" in operation and "cluster" not in operation:
        return "job, task or instance; `batchcompute show JOB` lists those of a job"
    if operation in ("get_task", "explain_task"):
        return "job or task; `batchcompute jobs` and `batchcompute tasks JOB` list them"
    for name in ("cluster", "image", "app"):
        if name in operation:
            return f"{'App' if name == 'app' else name}; `batchcompute {name}s` lists them"
    return "job; `batchcompute jobs` lists them"


def exit_code_of(error: Exception) -> int:
    """Return the exit code that stands for an error.

    Args:
        error: The error.
    """
    if isinstance(error, CommandError):
        return error.code
    if isinstance(error, WaitTimeoutError):
        return exit_codes.TIMED_OUT
    if isinstance(error, NotFoundError | FileNotFoundError):
        return exit_codes.NOT_FOUND
    if isinstance(error, AuthenticationError) or (
        isinstance(error, PermissionError) and not isinstance(error, TransportError)
    ):
        return exit_codes.NOT_ALLOWED
    return exit_codes.ERROR


def sentence_of(error: Exception) -> str:
    """Return what to tell a person about an error.

    Args:
        error: The error.
    """
    if isinstance(error, NotFoundError) and error.operation:
        about = f" (request {error.request_id})" if error.request_id else ""
        return f"there is no such {_operand(error.operation)}{about}"
    if isinstance(error, WaitTimeoutError):
        return f"{error}; what was waited for goes on"
    if isinstance(error, ExtensionMissingError) and error.operation == "create_console_link":
        return "the service has no console: start it with `batchcompute serve --console`"
    if isinstance(error, ClientError):
        about = f" (request {error.request_id})" if error.request_id else ""
        words = error.msg or error.code or f"status {error.status}"
        if error.code in _REMEDIES:
            words = _REMEDIES[error.code]
        elif isinstance(error, StateConflictError) and error.operation in _STATES:
            words = f"{words} {_STATES[error.operation]}"
        return f"{words}{about}"
    if isinstance(error, ValidationError):
        return f"the description lacks {error}"
    if isinstance(error, TransportError):
        return f"{error}; `batchcompute doctor` looks for the cause"
    if isinstance(error, OSError) and not isinstance(error, BatchComputeError):
        if error.strerror and error.filename:
            return f"{error.filename}: {error.strerror}"
        return str(error) or type(error).__name__
    return str(error) or type(error).__name__
