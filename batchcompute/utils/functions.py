"""Old import path of `batchcompute.legacy.functions`."""

from batchcompute.legacy.functions import *  # noqa: F403
from batchcompute.legacy.functions import __all__ as __all__
