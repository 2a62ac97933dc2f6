"""Old import path of `batchcompute.legacy.http`."""

from batchcompute.legacy.http import *  # noqa: F403
from batchcompute.legacy.http import __all__ as __all__
