"""The service's command line, with a clock that is a file's number of seconds off.

python -m tests.slow.soak.stepped FILE python -m batchcompute.server serve …
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from batchcompute.server.commands.main import run
from batchcompute.server.model.clock import SystemClock

#: The words of the command that it stands for.
_COMMAND = 3


def main() -> int:
    """Run the command line in this process."""
    offset = Path(sys.argv[1])

    def now(_: SystemClock) -> int:
        return time.time_ns() // 1000 + int(offset.read_text() or 0) * 1_000_000

    setattr(SystemClock, "now", now)  # noqa: B010 (for type checkers it is no place to write to)
    return run(sys.argv[2 + _COMMAND :])


if __name__ == "__main__":
    sys.exit(main())
