"""The executor that runs programs on this machine.

The server asks a *forker*, a child process without threads, for one *shim* process per attempt. A
shim runs one program, moves its files and writes its receipt; it does not depend on the life of
the server or of the forker. What is true about an attempt lies in its folder (`record`).

Nothing is imported here before it is asked for: the forker starts by importing this package, and
has to stay small.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute.server.executors.embedded.executor import EmbeddedExecutor as EmbeddedExecutor


def __getattr__(name: str) -> Any:
    if name != "EmbeddedExecutor":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if sys.platform == "win32":
        raise RuntimeError(
            "the embedded executor forks processes, which Windows cannot do; "
            "run the service on Linux or macOS, or use another executor"
        )
    from batchcompute.server.executors.embedded.executor import EmbeddedExecutor

    return EmbeddedExecutor
