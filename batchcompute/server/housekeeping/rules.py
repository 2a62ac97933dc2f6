"""The rules for how long jobs that have ended are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """How long, and how many, jobs that have ended are kept.

    Attributes:
        job_days: How long jobs stay after their end; None for ever.
        jobs: How many jobs that have ended stay at the most, the newest ones; None for all.
        log_days: How long the streams of instances, and what is known of their earlier attempts,
            stay after the end of their job, at most as long as the job itself; None for ever.
        archive: `oss://` address of the folder where jobs are written before they leave; "" for
            nowhere.
    """

    job_days: float | None = None
    jobs: int | None = None
    log_days: float | None = None
    archive: str = ""

    @property
    def is_any(self) -> bool:
        """True if anything ever leaves."""
        return (self.job_days, self.jobs, self.log_days) != (None, None, None)
