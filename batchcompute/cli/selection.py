"""Which jobs, tasks and instances are meant: `last`, `JOB/TASK/0-99,150:2`, `failed`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from batchcompute._logs.selection import Instances
from batchcompute.cli import exit_codes
from batchcompute.cli.failures import CommandError, UsageError

if TYPE_CHECKING:
    from batchcompute.client._sync.client import Client

#: States by the words that select them.
STATES: Final = {
    word.lower(): word for word in ("Waiting", "Running", "Finished", "Failed", "Stopped")
}
_RANGE: Final = re.compile(r"(\d+)(?:(-)(\d+)?)?(?::(\d+))?")
_LAST: Final = re.compile(r"last(?::([1-9]\d*))?")
_PAGE: Final = 100


def parse_instances(text: str) -> Instances:
    """Read a selection such as `0-99,150:2,failed`.

    `7` is one instance, `0-99` a range, `100-` all from 100 on, `0-99:2` every second one of a
    range, `150:2` every second one from 150 on; a state selects the instances in that state.

    Args:
        text: The selection.

    Raises:
        UsageError: It is not one.
    """
    ranges: list[tuple[int, int | None, int]] = []
    states: list[str] = []
    for part in text.split(","):
        word = part.strip().lower()
        if word in STATES:
            states.append(STATES[word])
            continue
        match = _RANGE.fullmatch(word)
        if match is None:
            raise UsageError(
                f"{part!r} selects no instances: write 7, 0-99, 100-, 0-99:2, 150:2 or a state, "
                "with commas between them"
            )
        first, dash, last, step = match.groups()
        open_end = (dash or step) and last is None
        end = None if open_end else int(last or first)
        if (end is not None and end < int(first)) or step == "0" * len(step or "-"):
            raise UsageError(f"the range {part!r} has no instances in it")
        ranges.append((int(first), end, int(step or 1)))
    return Instances(tuple(ranges), tuple(states))


@dataclass(frozen=True, slots=True)
class Target:
    """The job, task and instances that a command is about.

    Attributes:
        job: Id of the job.
        task: Name of the task; None for all.
        instances: The instances.
    """

    job: str
    task: str | None
    instances: Instances


def find_target(client: Client, words: Sequence[str], *, option: str | None = None) -> Target:
    """Find out what is meant by `JOB`, `JOB TASK`, `JOB TASK INSTANCES` or `JOB INSTANCES`.

    Slashes may stand for the blanks, as in `last/split/0-9`.

    Args:
        client: The client.
        words: The words; none for the last job.
        option: A selection of instances that was given as an option.

    Raises:
        UsageError: There are too many words, or instances are selected twice.
        CommandError: There is no such task.
    """
    parts = [part for word in words for part in word.split("/") if part] or ["last"]
    if len(parts) > 3:
        raise UsageError("name JOB, JOB TASK, JOB TASK INSTANCES or JOB INSTANCES")
    job = find_job(client, parts[0])
    selected = None if option is None else parse_instances(option)
    if len(parts) == 1:
        return Target(job, None, selected or Instances())
    task: str | None = parts[1]
    text = parts[2] if len(parts) == 3 else None
    if not _has_task(client, job, parts[1]):
        if text is None and parts[1][0].isdigit():
            parse_instances(parts[1])  # which says what is wrong with it
        if text is not None or not _selects(parts[1]):
            names = _listed(task_names(client, job))
            raise CommandError(
                f"job {job} has no task {parts[1]!r}; it has {names}", exit_codes.NOT_FOUND
            )
        task, text = None, parts[1]
    if text is not None and selected is not None:
        raise UsageError(f"instances are selected twice: {text} and {option}")
    if text is not None:
        selected = parse_instances(text)
    return Target(job, task, selected or Instances())


def _has_task(client: Client, job: str, name: str) -> bool:
    from batchcompute.exceptions import InvalidParameterError, NotFoundError

    try:
        client.get_task(job, name)
    except InvalidParameterError:
        return False
    except NotFoundError:
        client.get_job(job)  # says so if it is the job that is not there
        return False
    return True


def _selects(text: str) -> bool:
    try:
        parse_instances(text)
    except UsageError:
        return False
    return True


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def find_job(client: Client, word: str) -> str:
    """Return the id of one job.

    Args:
        client: The client.
        word: An id, or `last`.

    Raises:
        UsageError: It names several jobs.
        CommandError: There is no job yet.
    """
    found = find_jobs(client, [word])
    if len(found) != 1:
        raise UsageError(f"{word} names {len(found)} jobs; name one")
    return found[0]


def find_cluster(client: Client, word: str) -> str:
    """Return the id of a cluster.

    Args:
        client: The client.
        word: Its id, or a name that no other cluster has.

    Raises:
        CommandError: There is none, or several have the name.
    """
    from batchcompute.exceptions import ClientError, InvalidParameterError, NotFoundError

    try:
        return str(client.get_cluster(word).Id)
    except ClientError as error:
        named = [str(one.Id) for one in client.list_clusters("", _PAGE).all() if one.Name == word]
        if not named and isinstance(error, InvalidParameterError | NotFoundError):
            raise CommandError(
                f"there is no cluster {word!r}; `batchcompute clusters` lists them",
                exit_codes.NOT_FOUND,
            ) from error
        if not named:
            raise
        if len(named) > 1:
            listed = ", ".join(named)
            raise CommandError(f"{len(named)} clusters are named {word}: {listed}") from error
        return named[0]


def find_jobs(client: Client, words: Sequence[str]) -> list[str]:
    """Return the ids of jobs, each once.

    Args:
        client: The client.
        words: Ids, `last`, or `last:3` for the three newest ones.

    Raises:
        CommandError: There is no job yet.
    """
    found: dict[str, None] = {}
    for word in words:
        match = _LAST.fullmatch(word)
        if match is None:
            found[word] = None
            continue
        newest = newest_jobs(client, int(match[1] or 1))
        if not newest:
            raise CommandError("there is no job yet", exit_codes.NOT_FOUND)
        found.update((job.Id, None) for job in newest)
    return list(found)


def newest_jobs(client: Client, most: int) -> list[Any]:
    """Return the jobs that were created last, the newest first.

    Args:
        client: The client.
        most: How many at the most.
    """
    found: list[Any] = []
    for job in all_jobs(client, page=min(most, _PAGE)):
        if len(found) == most:
            break
        found.append(job)
    return found


def all_jobs(
    client: Client, *, state: str | None = None, cluster: str = "", page: int = _PAGE
) -> Iterator[Any]:
    """Yield jobs, the newest first, page by page.

    Args:
        client: The client.
        state: Only those in this state.
        cluster: Only those that run on the cluster with this id.
        page: Jobs to ask for at a time.
    """
    given: Any = state
    order: dict[str, Any] = {"OrderBy": "CreationTime", "IsReverse": "true"}
    yield from client.list_jobs("", max(1, page), given, cluster, **order).all()


def select_instances(client: Client, target: Target) -> Iterator[tuple[str, Any]]:
    """Yield the instances that are meant, each with the name of its task.

    Args:
        client: The client.
        target: What is meant.
    """
    from batchcompute.client._sync.instances import select_instances as select

    yield from select(client, target.job, target.task, target.instances)


def task_names(client: Client, job: str) -> list[str]:
    """Return the names of a job's tasks.

    Args:
        client: The client.
        job: Id of the job.
    """
    from batchcompute.client._sync.instances import task_names as names

    return names(client, job)
