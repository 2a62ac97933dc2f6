"""A forker whose patience, and that of its shims, a test sets."""

from __future__ import annotations

import os

from batchcompute.server.executors.agent import forker
from batchcompute.server.executors.attempt import program

#: Variables, in seconds: how long an idle shim is kept, and how long a shim whose program was
#: killed waits for a signal of its own.
IDLE, EVICTION_GRACE = "TUNED_FORKER_IDLE", "TUNED_FORKER_EVICTION_GRACE"

if __name__ == "__main__":
    forker.IDLE_SECONDS = float(os.environ[IDLE])
    program._EVICTION_GRACE_SECONDS = float(os.environ[EVICTION_GRACE])
    forker.main()
