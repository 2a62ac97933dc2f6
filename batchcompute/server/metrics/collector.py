"""Metrics that are looked up at every scrape: how much there is, and what is free."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from batchcompute._version import __version__
from batchcompute.server.executors.interface import Capabilities
from batchcompute.server.objects.cache.counts import FOLDER_NAME, CountsFile
from batchcompute.server.store.database import Database
from batchcompute.server.store.totals import read_totals


class StateCollector(Collector):
    """Reads the database and the machine when somebody scrapes, and at no other time."""

    def __init__(
        self,
        database: Database,
        data: Path,
        capabilities: Capabilities,
        paused: Callable[[], str] = str,
    ) -> None:
        """Bind what is looked at.

        Args:
            database: What is remembered.
            data: The data folder, whose file system may fill up.
            capabilities: What the executor can do.
            paused: Returns why no new programs are started for a while, or "".
        """
        self._database = database
        self._data = data
        self._capabilities = capabilities
        self._paused = paused

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance, so that registering it reads nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of this moment."""
        build = InfoMetricFamily("batchcompute_build", "The program that runs.")
        build.add_metric(
            [],
            {
                "version": __version__,
                "executor": self._capabilities.name,
                "database": "sqlite" if self._database.is_sqlite else "postgresql",
            },
        )
        yield build
        with self._database.read() as connection:
            totals = read_totals(connection)
        for name, help_text, counts in (
            ("jobs", "Jobs that are kept.", totals.jobs),
            (
                "instances",
                "Instances that have not ended; Dispatched ones have a VM and have not begun.",
                totals.instances,
            ),
            ("vms", "VMs of clusters.", totals.machines),
            ("clusters", "Clusters.", totals.clusters),
        ):
            family = GaugeMetricFamily(f"batchcompute_{name}", help_text, labels=["state"])
            for state, number in counts.items():
                family.add_metric([state], number)
            yield family
        family = GaugeMetricFamily(
            "batchcompute_pool_vms", "VMs that agents are, by pool.", labels=["pool", "state"]
        )
        for labels, number in totals.pools.items():
            family.add_metric(labels, number)
        yield family
        oldest = totals.oldest_waiting
        paused = float(bool(self._paused()))
        age = 0.0 if oldest is None else max(0.0, time.time() - oldest / 1e6)
        disk = shutil.disk_usage(self._data)
        for name, help_text, value in (
            ("vms_busy", "VMs that have an instance.", totals.busy),
            ("slots", "Programs that can run at once.", self._capabilities.slots),
            (
                "oldest_waiting_seconds",
                "Age of the oldest job that has not begun; 0 if there is none.",
                age,
            ),
            ("paused", "1 while new programs wait for space on a disk.", paused),
            ("data_free_bytes", "Free bytes where the data folder lies.", disk.free),
            ("data_size_bytes", "Size of the file system of the data folder.", disk.total),
        ):
            yield GaugeMetricFamily(f"batchcompute_{name}", help_text, value=value)
        yield from self._collect_cache()

    def _collect_cache(self) -> Iterator[Metric]:
        """Yield what the cache of inputs on this machine did, also before this start."""
        counts = CountsFile(self._data / FOLDER_NAME).read()
        held = "Bytes of inputs from another store that this machine keeps."
        yield GaugeMetricFamily("batchcompute_input_cache_bytes", held, value=counts.held)
        for name, help_text, number in (
            ("hits", "Inputs that this machine had already.", counts.hits),
            ("misses", "Inputs that this machine fetched from another store.", counts.misses),
            ("evictions", "Inputs that gave way to others.", counts.evictions),
            ("damaged", "Inputs that were not any more what had been fetched.", counts.damaged),
        ):
            family = f"batchcompute_input_cache_{name}"
            yield CounterMetricFamily(family, help_text, value=number)
