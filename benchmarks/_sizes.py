"""How much a benchmark measures: in full, or just enough to see that it still works."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

#: Set by `make SHORT=1 …`; the figures mean nothing then.
IS_SHORT = bool(os.environ.get("BENCHMARK_SHORT"))


def sized(full: T, short: T) -> T:
    """Return the size that is wanted.

    Args:
        full: What figures are taken with.
        short: What is enough to see that the benchmark works.
    """
    return short if IS_SHORT else full
