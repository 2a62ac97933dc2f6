"""Packages that only some launchers need."""

from __future__ import annotations

from batchcompute.server.executors.launchers.interface import LaunchError


class MissingExtraError(LaunchError):
    """A package is not there; the message names the extra that has it."""

    def __init__(self, package: str, extra: str, why: str) -> None:
        """Say what to install."""
        super().__init__(
            f"{package} cannot be imported ({why}): install it with pip install "
            f"'batchcompute[{extra}]'"
        )
