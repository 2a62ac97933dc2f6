"""`python -m batchcompute`: the command `batchcompute`, where its script is not on the path."""

from __future__ import annotations

import sys

from batchcompute.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
