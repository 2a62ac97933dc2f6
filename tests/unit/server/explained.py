"""What is said of the things in a world, checked to be a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batchcompute.server.explain import (
    Explanation,
    Situation,
    codes,
    explain_cluster,
    explain_instance,
    explain_job,
    explain_task,
)
from tests.unit.server.fakes import World

CODES = {value for name, value in vars(codes).items() if name.isupper()}


class Explained:
    """What is said of the things in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def job(self, job_id: str) -> Explanation:
        return self._ask(explain_job, job_id)

    def task(self, job_id: str, name: str = "t") -> Explanation:
        return self._ask(explain_task, job_id, name)

    def instance(self, job_id: str, idx: int = 0, name: str = "t") -> Explanation:
        return self._ask(explain_instance, job_id, name, idx)

    def cluster(self, cluster_id: str) -> Explanation:
        return self._ask(explain_cluster, cluster_id)

    def _ask(self, explain: Callable[..., Explanation | None], *what: Any) -> Explanation:
        world = self.world
        wanted = world.core.wanted
        situation = Situation(
            world.clock.moment,
            world.executor.slots,
            world.core.hold,
            world.core.paused,
            world.placement,
            None if wanted is None else wanted.needs,
        )
        with world.database.read() as connection:
            found = explain(connection, situation, *what)
        assert found is not None
        assert found.reason.endswith(".")
        assert found.reason[0].isupper() or found.reason[0].isdigit()
        assert len(found.reason) > 10
        assert found.cause.code in CODES
        return found
