"""Poll many jobs with as few requests as possible."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import Any

from batchcompute._waiting.autorelease import AutoReleaseTracker
from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Effects, Request
from batchcompute._waiting.poll import FINAL_STATES
from batchcompute._waiting.transient_errors import is_transient
from batchcompute.exceptions import ClientError, JsonError, NotFoundError

_log = logging.getLogger("batchcompute.client")

#: From this many jobs on, a list of the newest is tried before requests for each.
_LIST_FROM = 5
_LIST_SIZE = 100
#: Descriptions that are requested per poll at the most: news of states must not wait for them.
_DESCRIPTIONS = 20
_NEWEST = {"OrderBy": "CreationTime", "IsReverse": True}


def has_ended(job: Any) -> bool:
    """Return whether a job is in a final state."""
    # An odd service may send anything.
    return str(job.State) in FINAL_STATES


class JobPoller:
    """Polls a set of jobs, round by round.

    Args:
        deadline: When the polling ends.

    Attributes:
        found: What the last poll found, id -> job, also if it failed halfway.
        is_urgent: Whether the next poll should not wait: a few jobs were found for the first time,
            and it is not known yet whether they are deleted once they have finished.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.found: dict[str, Any] = {}
        self.is_urgent = False
        self._deadline = deadline
        self._last: dict[str, Any] = {}
        self._releases = AutoReleaseTracker()
        # Jobs that were found since their description was last requested, and may have AutoRelease.
        self._undescribed: set[str] = set()
        # Whether lists have paid so far.
        self._uses_lists = True

    def poll(self, ids: Sequence[str]) -> Effects[None]:
        """Poll jobs, by lists of the newest ones where that takes fewer requests.

        There are never more requests than jobs: a job may have to wait for the next poll, also
        because its description is requested instead, once, to know whether it has AutoRelease. Nor
        are there more requests than there is time for.

        Args:
            ids: The jobs.

        Raises:
            ClientError: The service refused.
            JsonError: A response was not JSON.
            TransportError: The request got no response.
        """
        self.found = {}
        self.is_urgent = False
        self._deadline.begin_round()
        pages = 0
        if self._uses_lists and len(ids) >= _LIST_FROM:
            pages = yield from self._list(set(ids))
        missing = [id_ for id_ in ids if id_ not in self.found]
        spare = len(ids) - pages - len(missing)
        descriptions = 0
        for id_ in missing[: len(ids) - pages]:
            if self._deadline.is_round_over():
                return
            if id_ in self._undescribed and descriptions < _DESCRIPTIONS:
                descriptions += 1
                yield from self._describe(id_)
            else:
                yield from self._get(id_)
        for id_ in [id_ for id_ in self.found if id_ in self._undescribed]:
            has_time = not self._deadline.is_round_over()
            if spare > 0 and descriptions < _DESCRIPTIONS and has_time:
                spare -= 1
                descriptions += 1
                yield from self._describe(id_)
        few = len(ids) < _LIST_FROM
        self.is_urgent = few and any(self._releases.is_untried(id_) for id_ in self._undescribed)

    def _get(self, id_: str) -> Effects[None]:
        within = self._deadline.for_request()
        try:
            job = yield Request("get_job", (id_,), within=within)
        except NotFoundError as error:
            if not self._releases.has_released(id_, error):
                raise
            job = copy.copy(self._last[id_])
            job.update(State="Finished")
        self._observe(id_, job)

    def _observe(self, id_: str, job: Any) -> None:
        self.found[id_] = self._last[id_] = job
        self._releases.observe(id_, job)
        if not has_ended(job) and self._releases.is_unknown(id_):
            self._undescribed.add(id_)
        else:
            self._undescribed.discard(id_)

    def _describe(self, id_: str) -> Effects[None]:
        self._undescribed.discard(id_)
        yield from self._releases.fetch(id_, self._deadline)

    def _list(self, wanted: set[str]) -> Effects[int]:
        """Find jobs in lists, and return the number of requests."""
        pages, marker = 0, ""
        # A page pays if it has at least two of the jobs, so go on while the last ones did.
        while pages <= len(self.found) // 2 and not self._deadline.is_round_over():
            within = self._deadline.for_request()
            pages += 1
            try:
                page = yield Request("list_jobs", (marker, _LIST_SIZE), _NEWEST, within)
            except (ClientError, JsonError) as error:
                if isinstance(error, ClientError) and is_transient(error):
                    raise
                _log.info("jobs cannot be listed, so each is polled by itself: %s", error)
                self._uses_lists = False
                return pages
            for job in page.Items:
                # A list may have anything in place of a job.
                id_ = getattr(job, "Id", None)
                if isinstance(id_, str) and id_ in wanted:
                    self._observe(id_, job)
            marker = page.NextMarker
            if not marker or len(self.found) == len(wanted):
                break
        self._uses_lists = len(self.found) > pages
        return pages
