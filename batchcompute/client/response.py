"""Old import path of the responses and of the statuses in them."""

from typing import TYPE_CHECKING

from batchcompute.client.responses import *  # noqa: F403
from batchcompute.legacy.disk import Disk as Disk

if not TYPE_CHECKING:
    from batchcompute.client.responses import __getattr__ as __getattr__
