"""Old import path of `Disk`."""

from batchcompute.legacy.disk import *  # noqa: F403
