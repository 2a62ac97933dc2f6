"""A lock that does not stay closed in a forked child."""

from __future__ import annotations

import os
import threading
import weakref
from types import TracebackType

_all: weakref.WeakSet[ForkSafeLock] = weakref.WeakSet()


class ForkSafeLock:
    """Mutual exclusion of threads, for `with`.

    A fork copies a lock as it is, but not the thread that would release it, so that the child
    would wait forever. Therefore a child gets new ones.
    """

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self.replace()
        _all.add(self)

    def replace(self) -> None:
        """Make a new lock, whoever holds the present one."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()


def _replace_all() -> None:
    for lock in list(_all):
        lock.replace()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_replace_all)
