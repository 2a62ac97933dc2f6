"""Old import path of `Client` and `CheckedApi`."""

from batchcompute.client.synchronous import Client as Client
from batchcompute.legacy.api import CheckedApi as CheckedApi
