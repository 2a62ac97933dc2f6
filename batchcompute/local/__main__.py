"""`python -m batchcompute.local`: another name of `python -m batchcompute.server`."""

import sys

from batchcompute.server.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
