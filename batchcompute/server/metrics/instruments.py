"""Metrics counted as things happen: attempts, jobs, commits of the scheduler, HTTP requests."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from batchcompute.server.scheduler.job_waiters import JobEnded
from batchcompute.server.scheduler.observer import AttemptSummary

#: Seconds, from a program that only says something to one that runs for a week.
_RUN_BUCKETS: Final = (0.1, 1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400)
#: Seconds of a request or a commit.
_SHORT_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30)


class Instruments:
    """Counters of one service; the scheduler's `Observer`, and what HTTP requests are told to."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the counters, all at nothing.

        Args:
            registry: What a scrape reads.
        """
        self._attempts = Counter(
            "batchcompute_attempts",
            "Attempts at running an instance that have ended.",
            ["result", "cause"],
            registry=registry,
        )
        self._run_seconds = Histogram(
            "batchcompute_attempt_run_seconds",
            "How long the programs of attempts ran.",
            ["result"],
            buckets=_RUN_BUCKETS,
            registry=registry,
        )
        self._dispatched = Counter(
            "batchcompute_attempts_dispatched",
            "Attempts that were given to a VM.",
            registry=registry,
        )
        self._jobs = Counter(
            "batchcompute_jobs_ended", "Jobs that have ended.", ["state"], registry=registry
        )
        self._wait_seconds = Histogram(
            "batchcompute_job_wait_seconds",
            "From the submission of a job that has ended until its first instance began.",
            buckets=_RUN_BUCKETS,
            registry=registry,
        )
        self._job_seconds = Histogram(
            "batchcompute_job_run_seconds",
            "From the first instance of a job that has ended until its end.",
            ["state"],
            buckets=_RUN_BUCKETS,
            registry=registry,
        )
        self._items = Counter(
            "batchcompute_scheduler_items",
            "Requests and reports that the scheduler has recorded.",
            registry=registry,
        )
        self._apply_seconds = Histogram(
            "batchcompute_scheduler_apply_seconds",
            "How long a batch took to apply, dispatch included, before its commit.",
            buckets=_SHORT_BUCKETS,
            registry=registry,
        )
        self._commit_seconds = Histogram(
            "batchcompute_scheduler_commit_seconds",
            "How long the database took to make a batch durable.",
            buckets=_SHORT_BUCKETS,
            registry=registry,
        )
        self._requests = Histogram(
            "batchcompute_http_request_seconds",
            "HTTP requests, from their first byte to the end of the answer; those that wait for a "
            "job are long by nature.",
            ["server", "operation", "status"],
            buckets=_SHORT_BUCKETS,
            registry=registry,
        )
        self._bytes = Counter(
            "batchcompute_http_body_bytes",
            "Bytes of bodies: received in requests, sent in answers.",
            ["server", "direction"],
            registry=registry,
        )
        self._removed = Counter(
            "batchcompute_jobs_removed",
            "Old jobs that were removed, for their age or for the number of jobs.",
            ["reason"],
            registry=registry,
        )
        self._archived = Counter(
            "batchcompute_jobs_archived",
            "Old jobs that were written to the object store before.",
            registry=registry,
        )
        self._logs = Counter(
            "batchcompute_logs_removed",
            "Objects with the output of instances that were removed.",
            registry=registry,
        )
        self._retention_failures = Counter(
            "batchcompute_retention_failures",
            "Rounds over the old jobs that were broken off by an error.",
            registry=registry,
        )
        # Of what alerts are written for there is a number from the start.
        for result, cause in (("finished", ""), ("failed", "exit"), ("lost", "AttemptLost")):
            self._attempts.labels(result, cause)
        for state in ("Finished", "Failed", "Stopped"):
            self._jobs.labels(state)
        for reason in ("age", "number"):
            self._removed.labels(reason)

    def committed(
        self, *, items: int, dispatched: int, apply_seconds: float, commit_seconds: float
    ) -> None:
        """See `Observer`."""
        self._items.inc(items)
        self._dispatched.inc(dispatched)
        self._apply_seconds.observe(apply_seconds)
        self._commit_seconds.observe(commit_seconds)

    def attempt_ended(self, summary: AttemptSummary) -> None:
        """See `Observer`."""
        self._attempts.labels(summary.result, summary.cause).inc()
        if summary.run_seconds is not None:
            self._run_seconds.labels(summary.result).observe(summary.run_seconds)

    def job_ended(self, ended: JobEnded) -> None:
        """See `Observer`."""
        self._jobs.labels(ended.state).inc()
        if ended.started is None or ended.ended is None:
            return
        if ended.created is not None:
            self._wait_seconds.observe(max(0, ended.started - ended.created) / 1e6)
        self._job_seconds.labels(ended.state).observe(max(0, ended.ended - ended.started) / 1e6)

    def job_left(self, reason: str, *, archived: bool) -> None:
        """See `RetentionObserver`."""
        self._removed.labels(reason).inc()
        self._archived.inc(archived)

    def logs_left(self, count: int) -> None:
        """See `RetentionObserver`."""
        self._logs.inc(count)

    def retention_failed(self) -> None:
        """See `RetentionObserver`."""
        self._retention_failures.inc()

    def request_ended(
        self, server: str, operation: str, status: int, seconds: float, received: int, sent: int
    ) -> None:
        """Count one HTTP request.

        Args:
            server: "api" or "objects".
            operation: Its operationId, or "" if it is none.
            status: HTTP status of the answer; 0 if the caller went away before.
            seconds: How long it took.
            received: Bytes of the request's body.
            sent: Bytes of the answer's body.
        """
        self._requests.labels(server, operation, str(status)).observe(seconds)
        self._bytes.labels(server, "received").inc(received)
        self._bytes.labels(server, "sent").inc(sent)
