"""Ratios between two functions, measured in turns in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from _sizes import sized

ROUNDS = sized(9, 1)


def ratio(subject: Callable[[], object], reference: Callable[[], object]) -> float:
    """Return how many times as long as the reference the subject takes, by medians."""
    subject(), reference()  # warm caches, compile what is compiled on first use
    pairs = [(_seconds(subject), _seconds(reference)) for _ in range(ROUNDS)]
    taken = statistics.median(pair[0] for pair in pairs)
    base = statistics.median(pair[1] for pair in pairs)
    return taken / base


def _seconds(function: Callable[[], object]) -> float:
    # Short functions are repeated, so that the clock's grain does not matter.
    repeats, total = 1, 0.0
    while True:
        start = time.perf_counter()
        for _ in range(repeats):
            function()
        total = time.perf_counter() - start
        if total > 0.02:
            return total / repeats
        repeats *= 4


def table(title: str, rows: list[tuple[str, float, float]], at_least: bool = False) -> None:
    """Print what was measured against its budget, which is a limit above or (at_least) below."""
    print(f"\n{title}\n")
    for name, value, budget in rows:
        kept = value >= budget if at_least else value <= budget
        verdict = "ok" if kept else "OVER BUDGET"
        print(f"  {name:<58} {value:6.2f}   budget {budget:5.2f}   {verdict}")
