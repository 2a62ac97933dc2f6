# ruff: noqa: ASYNC109  (timeouts of waiting are arguments of both clients)
"""Wait for jobs and clusters; `batchcompute._waiting` decides what to do next.

That package is loaded when something is first waited for: most programs never do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from batchcompute._http.asynchronous import AsyncTransport

if TYPE_CHECKING:
    from batchcompute._generated.api import models
    from batchcompute._generated.api.operations.arguments import Ref


class AsyncWaiting:
    """Methods that wait; whoever inherits them sends the calls."""

    if TYPE_CHECKING:
        _transport: AsyncTransport

    async def poll(
        self,
        job_ids: Ref | Iterable[Ref],
        timeout: float = 86400,
        interval: float = 3,
        *,
        stop_others: bool = True,
    ) -> list[str]:
        """Wait until all jobs have ended, one has failed, or the time is over.

        Transient failures of the network or the service are waited out, for ten minutes per job at
        the most. A job that ends in Failed or Stopped ends the wait for all. A job that was seen
        before it was released (`AutoRelease`) has finished.

        Args:
            job_ids: One job, or several.
            timeout: Seconds to wait at the most. Requests under way are given up then, though the
                last round of polling has a second.
            interval: Seconds between two rounds of polling.
            stop_others: Whether jobs that have not ended by then are stopped. One that could not
                be stopped for want of a response is named in the log; after ten seconds without
                any response, no further one is tried.

        Returns:
            `Job <id> failed.` or `Job <id> stopped.` for each such job, `Timeout(<timeout>).`,
            `Invalid job ids: <why>.` if there is something else among them, or an empty list if
            every job finished.

        Raises:
            NotFoundError: There is no such job; a note names it. No job is stopped.
            ClientError: The service refused, and no job is stopped; or it refused to stop one, and
                a note says which, and what would have been returned.
            TransportError: No response for ten minutes, or a failure that is final, such as an
                untrusted certificate. No job is stopped.
        """
        from batchcompute._waiting import poll
        from batchcompute._waiting.driver import run_async

        clock = self._transport.clock
        effects = poll.poll_steps(job_ids, timeout, interval, stop_others, clock.now)
        return await run_async(effects, self, clock.sleep)

    async def wait_jobs(
        self,
        job_ids: Ref | Iterable[Ref],
        *,
        timeout: float | None = None,
        on_change: Callable[[models.Job], Any] | None = None,
        progress: bool = False,
    ) -> list[models.Job]:
        """Wait until all jobs have ended, however they end.

        Polls soon after each change and more and more rarely without one, with at most one request
        per job and poll, and with lists where that takes fewer. Transient failures of the network
        or the service are waited out, for ten minutes at the most. Nothing is ever stopped:
        Ctrl-C, too, ends only the waiting.

        Args:
            job_ids: One job, or several.
            timeout: Seconds to wait at the most; None disables the timeout. Requests under way
                are given up then, though the last poll has a second.
            on_change: Called with each job whose state or counts have changed.
            progress: Show a live bar per job on standard error; plain lines if rich is not
                installed or standard error is not a terminal.

        Returns:
            The jobs in the order given. Whether one has failed is in its `State`. A job that was
            seen before it was released (`AutoRelease`) is as it was last seen, but Finished.

        Raises:
            WaitTimeoutError: Time is over; `last` has the newest state of each job.
            NotFoundError: There is no such job, or it was deleted meanwhile; a note names it.
            TransportError: No response for ten minutes, or a failure that is final, such as an
                untrusted certificate.
            TypeError: One of the ids is something else.
        """
        from batchcompute._waiting import waiters
        from batchcompute._waiting.driver import run_async

        clock = self._transport.clock
        effects = waiters.wait_jobs(job_ids, timeout, on_change, progress, clock.now, clock.random)
        return await run_async(effects, self, clock.sleep)

    async def wait_cluster(
        self,
        cluster: Ref,
        *,
        timeout: float | None = None,
        on_change: Callable[[models.Cluster], Any] | None = None,
        progress: bool = False,
    ) -> models.Cluster:
        """Wait until a cluster is active and all VMs that its groups are to have run.

        Args:
            cluster: The cluster.
            timeout: Seconds to wait at the most; None disables the timeout. A request under
                way is given up then, though the last poll has a second.
            on_change: Called with the cluster when its state or counts have changed.
            progress: Show a live bar on standard error; plain lines if rich is not installed or
                standard error is not a terminal.

        Returns:
            The cluster.

        Raises:
            WaitTimeoutError: Time is over; `last` has the cluster's newest state.
            StateConflictError: The cluster is being deleted; `status` is that of the response that
                says so, not of a refusal.
            NotFoundError: There is no such cluster.
            TransportError: No response for ten minutes, or a failure that is final.
        """
        from batchcompute._waiting import waiters
        from batchcompute._waiting.driver import run_async

        clock = self._transport.clock
        effects = waiters.wait_cluster(
            cluster, timeout, on_change, progress, clock.now, clock.random
        )
        return await run_async(effects, self, clock.sleep)
