# Derived from batchcompute/client/_async. Do not edit: change that one, then run "make generate".

"""Find the instances of a job that are meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from batchcompute.exceptions import NotFoundError

if TYPE_CHECKING:
    from batchcompute._generated.api.operations.arguments import Ref
    from batchcompute._logs.selection import Instances

#: Things to ask for at a time.
_PAGE = 100


def task_names(client: Any, job: Ref) -> list[str]:
    """Return the names of a job's tasks.

    Args:
        client: The client.
        job: The job.
    """
    return [task.TaskName for task in client.list_tasks(job, "", _PAGE).all()]


def select_instances(
    client: Any, job: Ref, task: str | None, chosen: Instances
) -> Iterator[tuple[str, Any]]:
    """Yield instances, each with the name of its task.

    Args:
        client: The client.
        job: Their job.
        task: Only those of this task; None for all tasks.
        chosen: Which ones of each task.

    Raises:
        NotFoundError: There is no such job or task, or no such instance of the task that is named.
    """
    for name in [task] if task is not None else task_names(client, job):
        number = chosen.single
        if number is None:
            for state in chosen.states or ("",):
                for one in client.list_instances(job, name, "", _PAGE, state).all():
                    if int(one.InstanceId) in chosen:
                        yield name, one
            continue
        try:
            one = client.get_instance(job, name, number)
        except NotFoundError:
            if task is not None:
                raise
            # Other tasks may have as many.
            continue
        if not chosen.states or one.State in chosen.states:
            yield name, one
