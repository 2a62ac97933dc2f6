"""Old import path of the low-level request classes."""

from batchcompute.legacy.api import *  # noqa: F403
