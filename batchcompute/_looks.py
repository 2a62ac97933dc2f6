"""Finding out how many jobs stand, with as few requests as will do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from batchcompute._deadline import Deadline
from batchcompute._patience import is_passing
from batchcompute._steps import Ask, Steps
from batchcompute.exceptions import ClientError, JsonError

_log = logging.getLogger("batchcompute.client")

#: From this many jobs on, a list of the newest is tried before asking for each.
_LIST_FROM = 5
_LIST_SIZE = 100
_NEWEST = {"OrderBy": "CreationTime", "IsReverse": True}


class Looks:
    """Looks at jobs again and again.

    Args:
        deadline: When the looking ends.

    Attributes:
        found: What the last look has seen, id -> job, also if it failed halfway.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.found: dict[str, Any] = {}
        self._deadline = deadline
        # Whether lists have paid so far.
        self._listing = True

    def look(self, ids: Sequence[str]) -> Steps[None]:
        """Look at jobs, by lists of the newest ones where that takes fewer requests.

        There are never more requests than jobs: a job may have to wait for the next look. Nor are
        there more than there is time for.

        Args:
            ids: The jobs.

        Raises:
            ClientError: The service refused.
            TransportError: No answer came.
        """
        self.found = {}
        self._deadline.begin_round()
        pages = 0
        if self._listing and len(ids) >= _LIST_FROM:
            pages = yield from self._list(set(ids))
        missing = [id_ for id_ in ids if id_ not in self.found]
        for id_ in missing[: len(ids) - pages]:
            if not self._deadline.is_round_over():
                within = self._deadline.for_request()
                self.found[id_] = yield Ask("get_job", (id_,), within=within)

    def _list(self, wanted: set[str]) -> Steps[int]:
        """Look for jobs in lists, and return the number of requests."""
        pages, marker = 0, ""
        # A page pays if it has at least two of the jobs, so go on while the last ones did.
        while pages <= len(self.found) // 2 and not self._deadline.is_round_over():
            within = self._deadline.for_request()
            pages += 1
            try:
                page = yield Ask("list_jobs", (marker, _LIST_SIZE), _NEWEST, within)
            except (ClientError, JsonError) as error:
                if is_passing(error):
                    raise
                _log.info("jobs cannot be listed, so each is asked for: %s", error)
                self._listing = False
                return pages
            for job in page.Items:
                # What a list has in place of a job is none of ours.
                id_ = getattr(job, "Id", None)
                if isinstance(id_, str) and id_ in wanted:
                    self.found[id_] = job
            marker = page.NextMarker
            if not marker or len(self.found) == len(wanted):
                break
        self._listing = len(self.found) > pages
        return pages
