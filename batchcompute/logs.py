"""The output of instances, as `read_logs` returns it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InstanceLog:
    """One output of one instance, of its last attempt.

    Attributes:
        task: Name of the task.
        instance: Number of the instance, from 0.
        stream: "stdout" or "stderr".
        address: The `oss://` address it was read from.
        text: What the program printed, read as UTF-8; other bytes are replaced.
    """

    task: str
    instance: int
    stream: str
    address: str
    text: str

    def __str__(self) -> str:
        """Return what the program printed."""
        return self.text


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an output, without its end.

    Attributes:
        task: Name of the task.
        instance: Number of the instance, from 0.
        text: The line.
    """

    task: str
    instance: int
    text: str


@dataclass(frozen=True, slots=True)
class FailedInstance:
    """An instance that failed, and why.

    Attributes:
        task: Name of the task.
        instance: Number of the instance, from 0.
        exit_code: Exit code of its program; 0 if it never ran.
        code: The service's word for the reason; "" if the program itself failed.
        message: The service's sentence about the reason.
        stdout: `oss://` address of what it printed; "" if that was not kept.
        stderr: `oss://` address of what it printed to standard error.
    """

    task: str
    instance: int
    exit_code: int
    code: str
    message: str
    stdout: str
    stderr: str

    def __str__(self) -> str:
        """Say in one line what failed, and where its log is."""
        why = self.message or self.code or f"exit code {self.exit_code}"
        where = f", see {self.stderr or self.stdout}" if self.stderr or self.stdout else ""
        return f"{self.task}/{self.instance}: {why}{where}"


def log_of(instance: object, task: str, stream: str) -> tuple[str, int, str]:
    """Return task, number and address of an instance's output.

    Args:
        instance: The instance's status.
        task: Name of its task.
        stream: "stdout" or "stderr".
    """
    name = "StdoutRedirectPath" if stream == "stdout" else "StderrRedirectPath"
    return task, int(getattr(instance, "InstanceId", 0)), str(getattr(instance, name, "") or "")


def failure_of(instance: object, task: str) -> FailedInstance:
    """Return why an instance failed.

    Args:
        instance: The instance's status.
        task: Name of its task.
    """
    result = getattr(instance, "Result", None)
    return FailedInstance(
        task,
        int(getattr(instance, "InstanceId", 0)),
        int(getattr(result, "ExitCode", 0) or 0),
        str(getattr(result, "ErrorCode", "") or ""),
        str(getattr(result, "ErrorMessage", "") or ""),
        log_of(instance, task, "stdout")[2],
        log_of(instance, task, "stderr")[2],
    )
