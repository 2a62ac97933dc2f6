"""Finding out how many jobs stand, with as few requests as will do."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import Any

from batchcompute._waiting.autorelease import Releases
from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Ask, Steps
from batchcompute._waiting.poll import FINAL_STATES
from batchcompute._waiting.transient_errors import is_passing
from batchcompute.exceptions import ClientError, JsonError, NotFoundError

_log = logging.getLogger("batchcompute.client")

#: From this many jobs on, a list of the newest is tried before asking for each.
_LIST_FROM = 5
_LIST_SIZE = 100
#: Descriptions that one look asks for at the most: what is new should not wait for them.
_LESSONS = 20
_NEWEST = {"OrderBy": "CreationTime", "IsReverse": True}


def has_ended(job: Any) -> bool:
    """Return whether a job is in a state that it does not leave by itself."""
    # An odd service may send anything.
    return str(job.State) in FINAL_STATES


class Looks:
    """Looks at jobs again and again.

    Args:
        deadline: When the looking ends.

    Attributes:
        found: What the last look has seen, id -> job, also if it failed halfway.
        is_pressing: Whether the next look should not wait: few jobs were seen for the first time,
            and it is not known yet whether they stay when they have finished.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.found: dict[str, Any] = {}
        self.is_pressing = False
        self._deadline = deadline
        self._last: dict[str, Any] = {}
        self._releases = Releases()
        # Jobs whose state was seen since their description was asked for.
        self._due: set[str] = set()
        # Whether lists have paid so far.
        self._listing = True

    def look(self, ids: Sequence[str]) -> Steps[None]:
        """Look at jobs, by lists of the newest ones where that takes fewer requests.

        There are never more requests than jobs: a job may have to wait for the next look, also
        because its description is asked for instead, once, to know whether it will be released.
        Nor are there more requests than there is time for.

        Args:
            ids: The jobs.

        Raises:
            ClientError: The service refused.
            TransportError: No answer came.
        """
        self.found = {}
        self.is_pressing = False
        self._deadline.begin_round()
        pages = 0
        if self._listing and len(ids) >= _LIST_FROM:
            pages = yield from self._list(set(ids))
        missing = [id_ for id_ in ids if id_ not in self.found]
        spare = len(ids) - pages - len(missing)
        lessons = 0
        for id_ in missing[: len(ids) - pages]:
            if self._deadline.is_round_over():
                return
            if id_ in self._due and lessons < _LESSONS:
                lessons += 1
                yield from self._learn(id_)
            else:
                yield from self._get(id_)
        for id_ in [id_ for id_ in self.found if id_ in self._due]:
            if spare > 0 and lessons < _LESSONS and not self._deadline.is_round_over():
                spare -= 1
                lessons += 1
                yield from self._learn(id_)
        few = len(ids) < _LIST_FROM
        self.is_pressing = few and any(self._releases.is_untried(id_) for id_ in self._due)

    def _get(self, id_: str) -> Steps[None]:
        within = self._deadline.for_request()
        try:
            job = yield Ask("get_job", (id_,), within=within)
        except NotFoundError as error:
            if not self._releases.explain(id_, error):
                raise
            job = copy.copy(self._last[id_])
            job.update(State="Finished")
        self._see(id_, job)

    def _see(self, id_: str, job: Any) -> None:
        self.found[id_] = self._last[id_] = job
        self._releases.see(id_, job)
        if not has_ended(job) and self._releases.is_open(id_):
            self._due.add(id_)
        else:
            self._due.discard(id_)

    def _learn(self, id_: str) -> Steps[None]:
        self._due.discard(id_)
        yield from self._releases.learn(id_, self._deadline)

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
                    self._see(id_, job)
            marker = page.NextMarker
            if not marker or len(self.found) == len(wanted):
                break
        self._listing = len(self.found) > pages
        return pages
