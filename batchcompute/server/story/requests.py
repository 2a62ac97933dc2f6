"""Which request a job goes on for, looked up without asking the database each time."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from batchcompute.server.store.database import Database

#: Jobs that are known at the most.
_MOST: Final = 10_000
_JOB: Final = re.compile(r"\bjob-[0-9A-F]{32}\b")


class RequestNames(logging.Filter):
    """Finds requests by jobs, and gives log records the id of the request that caused them.

    Threads may share one. As long as it knows no database it only knows what it was told.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._database: Database | None = None
        self._known: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()
        self._asking = threading.local()

    def bind(self, database: Database | None) -> None:
        """Take the database to ask; None for none any more."""
        self._database = database

    def tell(self, job_id: str, request_id: str) -> None:
        """Remember that a job goes on for a request from now."""
        with self._lock:
            self._known[job_id] = request_id
            self._known.move_to_end(job_id)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)

    def find(self, job_id: str) -> str:
        """Return the request that a job goes on for; "" if that is not known."""
        with self._lock:
            found = self._known.get(job_id)
        if found is None and (found := self._ask(job_id)):
            self.tell(job_id, found)
        return found or ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Give a record that is about a job the id of its request; let every record pass."""
        if not hasattr(record, "request_id"):
            job_id = getattr(record, "job_id", "")
            if not job_id and (named := _JOB.search(record.getMessage())):
                job_id = named[0]
                record.job_id = job_id
            if job_id and (request_id := self.find(job_id)):
                record.request_id = request_id
        return True

    def _ask(self, job_id: str) -> str:
        # Log lines of the database during a query must not start another query.
        if self._database is None or getattr(self._asking, "now", False):
            return ""
        # Slow to load, and there is a database only where it is loaded.
        from batchcompute.server.store.request_queries import request_of

        self._asking.now = True
        try:
            with self._database.read() as connection:
                return request_of(connection, job_id)
        except Exception:
            # The record is written all the same.
            return ""
        finally:
            self._asking.now = False
