"""`python -m batchcompute.server`: run the service, its agents, or say how to use it."""

from __future__ import annotations

import sys
from importlib.util import find_spec

#: Packages that the extra `local` installs, and that agents do without.
_REQUIRED = ("starlette", "uvicorn", "pydantic", "sqlalchemy")


def main() -> int:
    """Run the command line, and return the exit code."""
    if sys.argv[1:2] == ["agent"]:
        # Not by way of the service, which takes long to load.
        from batchcompute.server.commands.agent_process import main as main_of_agent

        return main_of_agent(sys.argv[2:])
    absent = [name for name in _REQUIRED if find_spec(name) is None]
    if absent:
        print(
            f"error: the extra `local` is not installed ({', '.join(absent)} missing): "
            "pip install 'batchcompute[local]'",
            file=sys.stderr,
        )
        return 1
    from batchcompute.server.commands.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
