"""Following what instances print while they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from batchcompute.cli.outputs import Output, Printer, address_of
from batchcompute.cli.polling import poll
from batchcompute.cli.selection import Target, select_instances, task_names

if TYPE_CHECKING:
    from batchcompute.cli.session import Session

_ENDED: Final = ("Finished", "Failed", "Stopped")
#: Instances of a task up to which all are looked at each time; of more, only those that run.
_FEW: Final = 100


@dataclass
class _Followed:
    """An instance whose output is followed."""

    outputs: list[tuple[Output, Printer]]
    retries: int
    over: bool = False
    seen: bool = field(default=False)


class Follower:
    """Prints what instances print, until they have ended.

    Args:
        session: What the command works with.
        target: Which instances.
        streams: "stdout", "stderr" or both.
        lines: How many of the last lines are shown of what is there at first; None shows all.
        label: Returns what stands before each line.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        streams: tuple[str, ...],
        lines: int | None,
        label: Callable[[str, int], str],
    ) -> None:
        self._session = session
        self._target = target
        self._streams = streams
        self._lines = lines
        self._label = label
        self._followed: dict[tuple[str, int], _Followed] = {}
        self._first = True
        self.printed = False

    def run(self, timeout: float | None = None) -> None:
        """Follow until all that is followed has ended.

        Args:
            timeout: Seconds at the most; None for as long as it takes.

        Raises:
            CommandError: Time is over.
        """
        poll(self._look, self._session.screen, self._target.job, timeout)

    def _look(self) -> tuple[bool, bool]:
        """Print what is new; return whether there was something, and whether it is all over."""
        # Looked at first: what has been printed when it had ended is all that there will be.
        over = self._session.client.get_job(self._target.job).State in _ENDED
        came = waits = False
        for task, instance in self._instances(everything=over or self._first):
            key = (task, int(instance.InstanceId))
            followed = self._followed.get(key)
            if followed is None:
                followed = self._followed[key] = self._begin(task, instance)
            came = self._continue(task, instance, followed) or came
            waits = waits or not followed.over
        self._first = False
        return came, over or not (waits or self._may_come())

    def _may_come(self) -> bool:
        """Return whether instances may begin that were not looked at yet."""
        single = self._target.instances.single
        return single is None or not self._followed

    def _instances(self, *, everything: bool) -> Iterator[tuple[str, Any]]:
        target = self._target
        if everything or target.instances.single is not None:
            yield from select_instances(self._session.client, target)
            return
        client = self._session.client
        names = [target.task] if target.task else task_names(client, target.job)
        for name in names:
            page = client.list_instances(target.job, name, "", _FEW)
            items = list(page.Items)
            if page.NextMarker not in (None, "", 0, "0"):
                # Too many to look at each time.
                items = list(client.list_instances(target.job, name, "", _FEW, "Running").all())
                running = {int(one.InstanceId) for one in items}
                items += [
                    client.get_instance(target.job, task, number)
                    for (task, number), followed in self._followed.items()
                    if task == name and not followed.over and number not in running
                    if followed.seen
                ]
            for one in items:
                if int(one.InstanceId) in target.instances:
                    yield name, one

    def _begin(self, task: str, instance: Any) -> _Followed:
        outputs: list[tuple[Output, Printer]] = []
        for stream in self._streams:
            address = address_of(instance, stream)
            if not address:
                continue
            output = Output(self._session.objects, address)
            if self._first and self._lines is not None and instance.State != "Waiting":
                output.skip_to_last(self._lines)
            label = self._label(task, int(instance.InstanceId))
            outputs.append((output, Printer(self._session.screen, label)))
        return _Followed(outputs, int(instance.RetryCount or 0))

    def _continue(self, task: str, instance: Any, followed: _Followed) -> bool:
        retries = int(instance.RetryCount or 0)
        if retries > followed.retries:
            followed.retries, followed.over = retries, False
            number = instance.InstanceId
            self._session.screen.say(f"{task}/{number} runs again (attempt {retries + 1})")
            for output, printer in followed.outputs:
                printer.close()
                output.restart()
        if instance.State == "Waiting" or followed.over:
            return False
        followed.seen = True
        ended = instance.State in _ENDED
        came = False
        for output, printer in followed.outputs:
            if ended:
                output.finish()
            for piece in output.new():
                printer.write(piece)
                came = self.printed = True
            printer.close() if ended else printer.flush()
        followed.over = ended
        return came
