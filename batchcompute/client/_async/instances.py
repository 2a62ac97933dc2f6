"""Find the instances of a job that are meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from batchcompute.exceptions import NotFoundError

if TYPE_CHECKING:
    from batchcompute._generated.api.operations.arguments import Ref
    from batchcompute._logs.selection import Instances

#: Things to ask for at a time.
_PAGE = 100


async def task_names(client: Any, job: Ref) -> list[str]:
    """Return the names of a job's tasks.

    Args:
        client: The client.
        job: The job.
    """
    return [task.TaskName async for task in client.list_tasks(job, "", _PAGE).all()]


async def select_instances(
    client: Any, job: Ref, task: str | None, chosen: Instances
) -> AsyncIterator[tuple[str, Any]]:
    """Yield instances, each with the name of its task.

    Args:
        client: The client.
        job: Their job.
        task: Only those of this task; None for all tasks.
        chosen: Which ones of each task.

    Raises:
        NotFoundError: There is no such job or task, or no such instance of the task that is named.
    """
    for name in [task] if task is not None else await task_names(client, job):
        number = chosen.single
        if number is None:
            for state in chosen.states or ("",):
                async for one in client.list_instances(job, name, "", _PAGE, state).all():
                    if int(one.InstanceId) in chosen:
                        yield name, one
            continue
        try:
            one = await client.get_instance(job, name, number)
        except NotFoundError:
            if task is not None:
                raise
            # Other tasks may have as many.
            continue
        if not chosen.states or one.State in chosen.states:
            yield name, one
