"""What the applications leave in the scope of a request, for what is wrapped around them."""

from __future__ import annotations

from typing import Final

#: Key of the operationId that a request is for; missing while that is not known.
OPERATION: Final = "batchcompute.operation"
