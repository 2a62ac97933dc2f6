"""Old import path of `batchcompute.legacy.canonicalization`."""

from batchcompute.legacy.canonicalization import *  # noqa: F403
from batchcompute.legacy.canonicalization import __all__ as __all__
