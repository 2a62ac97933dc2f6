"""Old import path of the base class and the JSON encoder."""

from batchcompute.jsonizable import BatchEncoder as BatchEncoder
from batchcompute.jsonizable import BatchEncoder as JsonEncoder
from batchcompute.jsonizable import Jsonizable as Jsonizable

__all__ = ["BatchEncoder", "JsonEncoder", "Jsonizable"]
