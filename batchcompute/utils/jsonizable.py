"""Old import path of the base class and the JSON encoder."""

from batchcompute._models.base import BatchEncoder as BatchEncoder
from batchcompute._models.base import BatchEncoder as JsonEncoder
from batchcompute._models.base import Jsonizable as Jsonizable

__all__ = ["BatchEncoder", "JsonEncoder", "Jsonizable"]
