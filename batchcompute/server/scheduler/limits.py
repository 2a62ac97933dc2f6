"""Limits of accounts, held against what they have in the database.

They are for the account that something is to belong to, whoever asks for it. An account without
limits costs nothing here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, func, select

from batchcompute.server.model import limits, states
from batchcompute.server.model.errors import quota_exhausted
from batchcompute.server.store.tables import clusters, groups, jobs, tasks

#: For how many times as long as it took a count of waiting instances is good, with what came since:
#: so much of the scheduler's time is left to others, however often somebody asks at their limit.
_PAUSE = 5


class AccountLimits:
    """Refuses what goes beyond the limits of an account. The scheduler's thread alone has it."""

    def __init__(
        self,
        of: Callable[[int], Mapping[str, int]] = lambda _: {},
        object_bytes: Callable[[int], int] = lambda _: 0,
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        """Bind the limits.

        Args:
            of: Returns the limits of an account, by their names, as they were when its last request
                came, or when they were refreshed.
            object_bytes: Returns how many bytes of objects an account is known to have; never
                waits.
            refresh: Takes in what was changed of the limits.
        """
        self._of = of
        self._object_bytes = object_bytes
        self._refresh = refresh
        # Account -> until when its count of waiting instances is good, and the count.
        self._waiting: dict[int, tuple[float, int]] = {}

    def check_job(
        self, connect: Callable[[], Connection], account: int, instances: int, priority: int
    ) -> None:
        """Refuse a job that is one too many, has too many instances, or comes before too many.

        Args:
            connect: Returns the writer's transaction.
            account: Whose it is to be.
            instances: How many of its instances would wait.
            priority: Its priority.

        Raises:
            ApiError: The account has reached a limit.
        """
        of_account = self._of(account)
        _check_priority(of_account, priority)
        most = of_account.get(limits.JOBS)
        if most is not None:
            some = (
                select(jobs.c.seq)
                .where(jobs.c.account == account, jobs.c.state == states.WAITING)
                .limit(most)
                .subquery()
            )
            if (connect().scalar(select(func.count()).select_from(some)) or 0) >= most:
                raise quota_exhausted(limits.JOBS, most)
        most = of_account.get(limits.INSTANCES)
        if most is not None:
            self._check_instances(connect(), account, instances, most)
        most = of_account.get(limits.OBJECT_BYTES)
        if most is not None and self._object_bytes(account) >= most:
            # Its programs would write more, which nobody looks at while they do.
            raise quota_exhausted(limits.OBJECT_BYTES, most)

    def check_priority(self, account: int, priority: int) -> None:
        """Refuse a priority that is too high.

        Args:
            account: Whose job it is.
            priority: The priority that it is to have.

        Raises:
            ApiError: It is above the account's limit.
        """
        _check_priority(self._of(account), priority)

    def check_vms(self, connection: Connection, account: int, more: int) -> None:
        """Refuse VMs that are too many.

        Args:
            connection: The writer's transaction.
            account: Whose they are to be.
            more: How many more are wanted.

        Raises:
            ApiError: The account has reached its limit.
        """
        left = self.vms_left(connection, account)
        if left is not None and more > max(0, left):
            raise quota_exhausted(limits.VMS, self._of(account)[limits.VMS])

    def vms_left(self, connection: Connection, account: int) -> int | None:
        """Return how many more VMs an account may want; None if there is no limit."""
        # A task may want them long after the request that made it.
        self._refresh()
        most = self._of(account).get(limits.VMS)
        if most is None:
            return None
        query = (
            select(func.sum(groups.c.desired))
            .join_from(clusters, groups, groups.c.cluster_seq == clusters.c.seq)
            .where(clusters.c.account == account, clusters.c.state == states.ACTIVE)
        )
        return most - int(connection.scalar(query) or 0)

    def _check_instances(self, connection: Connection, account: int, more: int, most: int) -> None:
        good_until, waiting = self._waiting.get(account, (0.0, most))
        # What has begun since is known by counting alone, which takes time where much waits.
        if waiting + more > most and time.monotonic() >= good_until:
            began = time.monotonic()
            waiting = _waiting_instances(connection, account)
            ended = time.monotonic()
            good_until = ended + _PAUSE * (ended - began)
        if waiting + more <= most:
            self._waiting[account] = (good_until, waiting + more)
            return
        self._waiting[account] = (good_until, waiting)
        raise quota_exhausted(limits.INSTANCES, most)


def _check_priority(of_account: Mapping[str, int], priority: int) -> None:
    most = of_account.get(limits.PRIORITY)
    if most is not None and priority > most:
        raise quota_exhausted(limits.PRIORITY, most)


def _waiting_instances(connection: Connection, account: int) -> int:
    query = (
        select(func.sum(tasks.c.waiting))
        .join_from(jobs, tasks, tasks.c.job_seq == jobs.c.seq)
        .where(jobs.c.account == account, jobs.c.state.in_((states.WAITING, states.RUNNING)))
    )
    return int(connection.scalar(query) or 0)
