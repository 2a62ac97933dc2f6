"""The limit of open files: high for the service, as it was for programs."""

from __future__ import annotations

import contextlib
import resource


def soft_limit() -> int:
    """Return how many files this process may have open now."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def raise_limit() -> None:
    """Allow this process as many open files as it may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS names no limit, and refuses to have none.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def restore_limit(soft: int) -> None:
    """Give this process and what it starts the limit that there was before.

    Args:
        soft: What `soft_limit` said then; 0 for no other.
    """
    if not soft:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
