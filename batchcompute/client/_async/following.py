"""Follow what instances print while they run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from batchcompute._logs.events import LogEvent
from batchcompute._logs.outputs import Output, address_of
from batchcompute._waiting.threads import in_thread
from batchcompute.client._async.instances import select_instances, task_names

if TYPE_CHECKING:
    from batchcompute._generated.api.operations.arguments import Ref
    from batchcompute._logs.selection import Instances

_ENDED: Final = ("Finished", "Failed", "Stopped")
#: Instances of a task up to which all are looked at each time; of more, only those that run.
_FEW: Final = 100


@dataclass(slots=True)
class _Followed:
    """An instance whose output is followed.

    Attributes:
        outputs: What it prints, by stream.
        retries: Its RetryCount, when it was last looked at.
        over: It has ended, and everything was read.
        seen: It was seen to run.
    """

    outputs: dict[str, Output]
    retries: int
    over: bool = False
    seen: bool = False


class AsyncFollower:
    """Reads what instances print, look by look, until they have ended.

    A service may publish what a program has printed while it runs, as the one of this package does;
    of another one everything comes when the instance has ended.

    Args:
        client: The client.
        job: The job.
        task: Only this task; None for all.
        chosen: Which instances.
        streams: "stdout", "stderr" or both.
        files: An fsspec file system that has the objects.
        lines: How many of the last lines are told of what is there at first; None tells all.

    Attributes:
        came: Whether the last look found something new.
        over: Whether all that is followed has ended.
    """

    def __init__(
        self,
        client: Any,
        job: Ref,
        task: str | None,
        chosen: Instances,
        streams: tuple[str, ...],
        files: Any,
        lines: int | None = None,
    ) -> None:
        self._client = client
        self._job = job
        self._task = task
        self._chosen = chosen
        self._streams = streams
        self._files = files
        self._lines = lines
        self._followed: dict[tuple[str, int], _Followed] = {}
        self._first = True
        self.came = False
        self.over = False

    async def look(self) -> AsyncIterator[LogEvent]:
        """Yield what is new. A look that failed may be repeated; nothing is told twice."""
        self.came = False
        # Looked at first: what has been printed when it had ended is all that there will be.
        over = (await self._client.get_job(self._job)).State in _ENDED
        waits = False
        async for task, instance in self._instances(everything=over or self._first):
            key = (task, int(instance.InstanceId))
            followed = self._followed.get(key)
            if followed is None:
                followed = self._followed[key] = await self._begin(instance)
            async for event in self._continue(key, instance, followed):
                self.came = True
                yield event
            waits = waits or not followed.over
        self._first = False
        single = self._chosen.single is not None and self._task is not None and self._followed
        self.over = over or bool(single and not waits)

    async def _instances(self, *, everything: bool) -> AsyncIterator[tuple[str, Any]]:
        listed: set[tuple[str, int]] = set()
        async for task, one in self._listed(everything=everything):
            listed.add((task, int(one.InstanceId)))
            yield task, one
        for (task, number), followed in list(self._followed.items()):
            # It ran, and is no longer in the list of running instances.
            if followed.seen and not followed.over and (task, number) not in listed:
                yield task, await self._client.get_instance(self._job, task, number)

    async def _listed(self, *, everything: bool) -> AsyncIterator[tuple[str, Any]]:
        client, chosen = self._client, self._chosen
        if everything or chosen.single is not None or chosen.states:
            async for found in select_instances(client, self._job, self._task, chosen):
                yield found
            return
        names = [self._task] if self._task is not None else await task_names(client, self._job)
        for name in names:
            page = await client.list_instances(self._job, name, "", _FEW)
            if page.NextMarker in (None, "", 0, "0"):
                items = list(page.Items)
            else:
                # Too many to look at each time.
                running = client.list_instances(self._job, name, "", _FEW, "Running")
                items = [one async for one in running.all()]
            for one in items:
                if int(one.InstanceId) in chosen:
                    yield name, one

    async def _begin(self, instance: Any) -> _Followed:
        addresses = {stream: address_of(instance, stream) for stream in self._streams}
        outputs = {
            stream: Output(self._files, address) for stream, address in addresses.items() if address
        }
        if self._first and self._lines is not None and instance.State != "Waiting":
            for output in outputs.values():
                await in_thread(output.skip_to_last, self._lines)
        return _Followed(outputs, int(instance.RetryCount or 0))

    async def _continue(
        self, key: tuple[str, int], instance: Any, followed: _Followed
    ) -> AsyncIterator[LogEvent]:
        retries = int(instance.RetryCount or 0)
        # An instance that ran and waits again was lost, which is no retry.
        if retries > followed.retries or (followed.seen and instance.State == "Waiting"):
            for stream, output in followed.outputs.items():
                await in_thread(output.restart)
                yield LogEvent(*key, stream, attempt=retries + 1)
            followed.retries, followed.over, followed.seen = retries, False, False
        if instance.State == "Waiting" or followed.over:
            return
        followed.seen = True
        ended = instance.State in _ENDED
        for stream, output in followed.outputs.items():
            if ended:
                output.finish()
            while data := await in_thread(output.read):
                yield LogEvent(*key, stream, data)
        followed.over = ended
        if ended:
            for stream in followed.outputs:
                yield LogEvent(*key, stream, ended=True)
