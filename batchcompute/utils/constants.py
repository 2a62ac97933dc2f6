"""Old import path of `batchcompute.legacy.constants`."""

from batchcompute.legacy.constants import *  # noqa: F403
from batchcompute.legacy.constants import __all__ as __all__
