"""Warnings that point at the line of the program, however deep below it they are found."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

from batchcompute.exceptions import BatchComputeWarning


def warn(message: str) -> None:
    """Warn about a misuse, at the first line up the stack that is not the package's own.

    Args:
        message: What is wrong with it.
    """
    # inspect has it by a public name, and would be the slowest import of the package.
    frame: FrameType | None = sys._getframe()  # pyright: ignore[reportPrivateUsage]
    depth = 0
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
        depth += 1
    warnings.warn(message, BatchComputeWarning, stacklevel=depth + 1)


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "batchcompute"
