"""An agent and a forker whose patience, and whose container engines, a test sets."""

from __future__ import annotations

import json
import os
import sys

from batchcompute.server.executors.agent import forker, forker_process, main, shims
from batchcompute.server.executors.attempt import program
from batchcompute.server.executors.attempt.worlds import containers

#: A variable with JSON: how many seconds an idle shim is kept, how many a shim whose program was
#: killed waits for a signal of its own, and the container engines that are looked for.
TUNING = "TUNED_AGENT"

if __name__ == "__main__":
    tuning = json.loads(os.environ[TUNING])
    containers._ENGINES = tuning.get("engines", containers._ENGINES)
    if "--socket" in sys.argv:
        forker_process._MODULE = __spec__.name
        shims.IDLE_SECONDS = tuning.get("idle", shims.IDLE_SECONDS)
        main.main()
    else:
        program._EVICTION_GRACE_SECONDS = tuning.get("grace", program._EVICTION_GRACE_SECONDS)
        forker.main()
