"""Old import path of `batchcompute.legacy.log`."""

from batchcompute.legacy.log import *  # noqa: F403
from batchcompute.legacy.log import __all__ as __all__
