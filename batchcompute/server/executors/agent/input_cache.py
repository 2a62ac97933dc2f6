"""An agent's care for the cache of objects of its machine, which it may share with others."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from batchcompute.server.executors.agent.chores import Chores
from batchcompute.server.executors.agent.protocol import Settings
from batchcompute.server.objects import ObjectStore
from batchcompute.server.objects.cache import room
from batchcompute.server.objects.cache.cache import ObjectCache, UnusableCacheError

_logger = logging.getLogger("batchcompute.server.agent")

#: How often an agent looks whether the disk fills up, in seconds.
_LOOK_SECONDS = 5.0


class InputCache:
    """The cache of a machine, as its agents keep it.

    Attributes:
        cache: The cache; None if there is none.
    """

    def __init__(self, settings: Settings, objects: ObjectStore, chores: Chores) -> None:
        """Open the cache, if one is wanted and of use.

        Args:
            settings: What the agent was told.
            objects: Where inputs come from: what lies in a folder is read in place.
            chores: Do what may take long.
        """
        wanted = bool(settings.cache) and settings.cache_bytes != 0 and objects.folder is None
        self.cache = _open(settings) if wanted else None
        self._chores = chores
        self._due = 0.0

    def tidy(self) -> None:
        """Remove what killed programs have left half fetched, and make room on a full disk."""
        if self.cache is not None:
            self._chores.remove(partial(room.tidy, self.cache.folder, self.cache.limit))

    def tick(self, now: float) -> None:
        """Give way to others if the disk is nearly full.

        Args:
            now: Seconds of the monotonic clock.
        """
        if self.cache is None or now < self._due:
            return
        self._due = now + _LOOK_SECONDS
        if room.is_short(self.cache.folder):
            self.tidy()


def _open(settings: Settings) -> ObjectCache | None:
    folder = Path(settings.cache)
    cache = ObjectCache(folder, settings.cache_bytes or 0)
    try:
        cache.open()
        if settings.cache_bytes is None:
            cache = ObjectCache(folder, room.usual_limit(folder))
    except (UnusableCacheError, OSError) as error:
        _logger.warning("inputs are fetched anew for each instance: %s", error)
        return None
    return cache
