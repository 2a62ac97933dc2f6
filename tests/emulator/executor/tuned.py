"""An agent and a forker whose patience, and whose container engines, a test sets."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from batchcompute.server.executors.agent import (
    forker,
    forker_process,
    main,
    shim_process,
    shims,
    supervisor,
)
from batchcompute.server.executors.attempt import program
from batchcompute.server.executors.attempt.files import live
from batchcompute.server.executors.attempt.worlds import containers
from batchcompute.server.executors.attempt.worlds.world import remove_tree

#: A variable with JSON: how many seconds an idle shim is kept, how many attempts one runs, how many
#: seconds a shim whose program was killed waits for a signal of its own, after how many output is
#: published and a file that is made when that hangs, the container engines that are looked for, a
#: file without which nothing is removed, and one during whose presence no process can be made.
TUNING = "TUNED_AGENT"


def _remove_later(folder: Path) -> None:
    while not os.path.exists(tuning["removal"]):
        time.sleep(0.01)
    remove_tree(folder)


_fork = os.fork


def _fork_unless() -> int:
    if os.path.exists(tuning["forks"]):
        with open(f"{tuning['forks']}.tries", "a") as tries:
            tries.write("tried\n")
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return _fork()


_publish = live.LiveFiles._publish


def _publish_late(self: live.LiveFiles, pieces: Sequence[live._Piece]) -> None:
    with open(tuning["hanging"], "w"):
        pass
    try:
        time.sleep(600)
    finally:
        _publish(self, pieces)


if __name__ == "__main__":
    tuning = json.loads(os.environ[TUNING])
    containers._ENGINES = tuning.get("engines", containers._ENGINES)
    if "--socket" in sys.argv:
        forker_process._MODULE = __spec__.name
        shims.IDLE_SECONDS = tuning.get("idle", shims.IDLE_SECONDS)
        if "removal" in tuning:
            vars(supervisor)["remove_tree"] = _remove_later
        main.main()
    else:
        if "forks" in tuning:
            os.fork = _fork_unless
        live.FIRST_SECONDS = tuning.get("live", live.FIRST_SECONDS)
        if "hanging" in tuning:
            live.LiveFiles._publish = _publish_late  # type: ignore[method-assign]
        shim_process._MOST_ATTEMPTS = tuning.get("attempts", shim_process._MOST_ATTEMPTS)
        program._EVICTION_GRACE_SECONDS = tuning.get("grace", program._EVICTION_GRACE_SECONDS)
        forker.main()
