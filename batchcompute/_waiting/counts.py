"""Read counts in the status of jobs and clusters; tolerate malformed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

_DIGITS = re.compile(r"[0-9]{1,18}")


def count(holder: Any, name: str) -> int | None:
    """Return a count, or None if there is none.

    Args:
        holder: Has the count as an attribute, normally.
        name: The attribute.
    """
    value = getattr(holder, name, None)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def vms(cluster: Any) -> tuple[int, int]:
    """Return how many VMs a cluster wants, and how many of them run.

    Args:
        cluster: Its status.
    """
    named: object = cluster.Groups
    groups = list(cast("Mapping[str, Any]", named).values()) if isinstance(named, Mapping) else []
    wanted = sum(count(group, "DesiredVMCount") or 0 for group in groups)
    running = count(cluster.Metrics, "RunningCount")
    if running is None:
        running = sum(count(group, "ActualVMCount") or 0 for group in groups)
    return wanted, running
