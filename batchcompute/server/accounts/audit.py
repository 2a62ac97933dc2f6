"""The audit log: who created, changed, stopped and deleted what, in lines of JSON.

It holds no bodies and no secrets, only names. It is bounded: when the file is large it becomes
`audit.log.1`, what was that becomes `audit.log.2` and so on, and the oldest one goes. To keep more,
let something else collect the lines.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_json

from batchcompute.server.model.caller import Caller
from batchcompute.server.model.unseen import with_signs

logger = logging.getLogger("batchcompute.server")

#: Bytes after which a new file is begun, and files that are kept besides it.
_LARGEST: Final = 16 * 1024 * 1024
_KEPT: Final = 4
#: Characters of a name that are written: a key of an object is as long as its caller likes.
_LONGEST: Final = 200


class AuditLog:
    """Writes lines. Threads may share one, and processes may write to one file."""

    def __init__(self, path: Path, *, largest: int = _LARGEST, kept: int = _KEPT) -> None:
        """Name the file; it is made with the first line.

        Args:
            path: The file.
            largest: Bytes after which a new one is begun.
            kept: Former files that are kept.
        """
        self._path = path
        self._largest = largest
        self._kept = kept
        self._lock = threading.Lock()
        self._descriptor = -1
        # Bytes until the file is looked at again, to see whether it is large.
        self._room = 0
        self._failing = False

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._drop()

    def write(
        self,
        caller: Caller,
        action: str,
        target: Mapping[str, str],
        *,
        at: str,
        request_id: str = "",
        code: str = "OK",
    ) -> None:
        """Add a line.

        What was done is not undone if that fails; the service's log says so, once.

        Args:
            caller: Who did it.
            action: What was done, such as the name of an operation.
            target: What it was done to; the first 200 characters of each value are written.
            at: The time, as the API writes it.
            request_id: The request.
            code: The error's code, if it was refused.
        """
        line: dict[str, Any] = {
            "Time": at,
            "Account": caller.account,
            "KeyId": caller.key_id,
            "Role": caller.role.value if caller.account else "",
            "Action": action,
            "Target": {name: value[:_LONGEST] for name, value in target.items()},
            "Code": code,
        }
        if request_id:
            line["RequestId"] = request_id
        text = _to_json(line) + b"\n"
        with self._lock:
            try:
                self._append(text)
                self._failing = False
            except OSError as error:
                self._drop()
                if not self._failing:
                    logger.error("the audit log %s cannot be written: %s", self._path, error)
                self._failing = True

    def _append(self, text: bytes) -> None:
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
        # One write of a line at the end: nothing comes between, whoever else writes.
        os.write(self._descriptor, text)
        self._room -= len(text)
        if self._room <= 0:
            self._room = self._largest - os.fstat(self._descriptor).st_size
            if self._room <= 0:
                self._drop()
                self._rotate()

    def _rotate(self) -> None:
        for number in range(self._kept, 0, -1):
            former = f"{self._path}.{number - 1}" if number > 1 else str(self._path)
            if os.path.exists(former):
                os.replace(former, f"{self._path}.{number}")

    def _drop(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._room = -1, 0


def _to_json(line: Mapping[str, Any]) -> bytes:
    try:
        # Of some characters, readers of logs make ends of lines.
        return with_signs(to_json(line).decode()).encode()
    except ValueError:
        # A name that cannot be written as UTF-8, as that of an object may be.
        return json.dumps(line, separators=(",", ":")).encode()
