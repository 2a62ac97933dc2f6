"""Another name of `batchcompute.server`."""

from batchcompute.server import *  # noqa: F403
