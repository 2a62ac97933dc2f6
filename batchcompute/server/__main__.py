"""`python -m batchcompute.server`: run the service, or say how to use the one that runs."""

from __future__ import annotations

import sys
from importlib.util import find_spec

#: What the extra `local` installs.
_REQUIRED = ("starlette", "uvicorn", "pydantic", "sqlalchemy", "fsspec")


def main() -> int:
    """Run the command line, and return the exit code."""
    absent = [name for name in _REQUIRED if find_spec(name) is None]
    if absent:
        print(
            f"error: the extra `local` is not installed ({', '.join(absent)} missing): "
            "pip install 'batchcompute[local]'",
            file=sys.stderr,
        )
        return 1
    from batchcompute.server.process.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
