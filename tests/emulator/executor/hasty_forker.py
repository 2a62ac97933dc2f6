"""A forker that lets go of idle shims soon."""

from __future__ import annotations

from batchcompute.local.executors.embedded import forker

if __name__ == "__main__":
    forker.IDLE_SECONDS = 0.3
    forker.main()
