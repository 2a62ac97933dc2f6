"""How the service's log is written: lines for people, or JSON lines for programs."""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any, Final, Literal, TypeAlias

from batchcompute.server.model.errors import StartError
from batchcompute.server.model.unseen import with_signs
from batchcompute.server.story.requests import RequestNames

LogFormat: TypeAlias = Literal["text", "json"]

#: Names of the fields that every line has.
_FIELDS: Final = {"levelname": "level", "name": "logger"}


def set_up_log(log_format: LogFormat, level: str, names: RequestNames) -> None:
    """Let all that is logged in this process go to the standard error.

    Args:
        log_format: The form of the lines.
        level: What is logged at least.
        names: Finds the requests that records are about.

    Raises:
        StartError: The package that writes JSON is missing.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(names)
    handler.setFormatter(json_lines() if log_format == "json" else _Text())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # It tells of itself; what an upgrade has done is told by the database.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if log_format == "json":
        # Nothing else may be between the lines.
        logging.captureWarnings(True)
        sys.excepthook = _uncaught
        threading.excepthook = _uncaught_in_thread


def tells_events(log_format: LogFormat, level: str) -> bool:
    """Say whether the log tells of each change, job and attempt, which are many lines."""
    return (log_format == "json" and level in ("debug", "info")) or level == "debug"


class _Text(logging.Formatter):
    """Lines for people, with the id of the request that caused them."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return a line, which names the request if it does not yet."""
        line = with_signs(super().formatMessage(record))
        request_id: str = getattr(record, "request_id", "")
        return line if not request_id or request_id in line else f"{line} [request {request_id}]"


def json_lines() -> logging.Formatter:
    """Return what writes the log as lines of JSON.

    Raises:
        StartError: The package for it is not installed.
    """
    try:
        from pythonjsonlogger.json import JsonFormatter
    except ImportError as error:
        raise StartError(
            f"--log-format json needs a package that is not installed ({error.name}): "
            "pip install 'batchcompute[local]'"
        ) from error
    return JsonFormatter(
        "{levelname}{name}{message}", style="{", rename_fields=_FIELDS, timestamp="time"
    )


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    logging.getLogger("batchcompute.server").critical(
        "an error was not caught", exc_info=(kind, error or kind(), trace)
    )


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
