"""Old import path of `Client` and `CheckedApi`."""

from batchcompute.client._sync.client import Client as Client
from batchcompute.legacy.api import CheckedApi as CheckedApi
