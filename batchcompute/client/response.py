"""Old import path of the responses and of the statuses in them."""

from batchcompute.client.responses import *  # noqa: F403
from batchcompute.client.responses import __getattr__ as __getattr__
