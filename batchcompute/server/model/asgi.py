"""Values that applications leave in a request's scope for the middleware around them."""

from __future__ import annotations

from typing import Final

#: Key of the operationId that a request is for; missing while that is not known.
OPERATION: Final = "batchcompute.operation"
