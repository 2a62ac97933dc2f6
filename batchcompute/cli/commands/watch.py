"""`batchcompute watch`: a job while it runs, on one screen."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from batchcompute.cli import exit_codes
from batchcompute.cli.commands.tasks import columns
from batchcompute.cli.commands.wait import add_timeout, goes_on, say_end
from batchcompute.cli.polling import poll
from batchcompute.cli.screen import STATE_COLOURS
from batchcompute.cli.selection import STATES, find_job
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import table
from batchcompute.cli.text import cut, harmless
from batchcompute.cli.times import elapsed
from batchcompute.exceptions import ClientError

_ENDED: Final = ("Finished", "Failed", "Stopped")
#: In which order tasks are shown, as there is not room for all.
_ORDER: Final = ("Failed", "Running", "Stopped", "Waiting", "Finished")
#: Seconds between two looks, so that times go on.
_SECONDS: Final = 1.0
#: Lines besides the tasks, the one of the cursor among them.
_OTHER_LINES: Final = 8
_BAR: Final = 40


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "Into a pipe goes one line for each change. The exit code is that of `wait`.\n\n"
        "examples:\n  batchcompute watch\n  batchcompute watch last --timeout 60"
    )
    parser.add_argument("job", nargs="?", default="last", metavar="JOB", help="default: last")
    add_timeout(parser)
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    job = find_job(session.client, options.job)
    session.interrupted = goes_on([job])
    view = _Screenful(session, job) if session.screen.is_live else _Lines(session, job)
    poll(view.look, session.screen, job, options.timeout, _SECONDS)
    ended = view.last
    if not options.quiet:
        say_end(session, ended)
    return exit_codes.of_states([str(ended.State)])


class _Lines:
    """One line for each change.

    Args:
        session: What the command works with.
        job: Id of the job.
    """

    def __init__(self, session: Session, job: str) -> None:
        self._session = session
        self._job = job
        self._line = ""
        self.last: Any = None

    def look(self) -> tuple[bool, bool]:
        """Look once; return whether something changed, and whether the job has ended."""
        job = self.last = self._session.client.get_job(self._job)
        line = f"{job.State}: {counts(job.InstanceMetrics)}"
        if line != self._line:
            self._session.screen.write(f"{datetime.now().astimezone():%H:%M:%S} {line}")
            self._session.screen.flush()
        changed, self._line = line != self._line, line
        return changed, job.State in _ENDED


class _Screenful(_Lines):
    """A screen that is drawn anew.

    Args:
        session: What the command works with.
        job: Id of the job.
    """

    def __init__(self, session: Session, job: str) -> None:
        super().__init__(session, job)
        self._drawn = 0
        self._explains = True

    def look(self) -> tuple[bool, bool]:
        """Look once, draw, and return whether something changed, and whether the job has ended."""
        client = self._session.client
        job = self.last = client.get_job(self._job)
        room = self._session.screen.height - _OTHER_LINES
        tasks: list[Any] = []
        for state in _ORDER:
            number = getattr(job.TaskMetrics, f"{state}Count", 0) or 0
            if number and len(tasks) < room:
                given: Any = state
                page = client.list_tasks(self._job, "", min(100, room - len(tasks)), given)
                tasks += islice(page.all(), room - len(tasks))
        self._draw(job, tasks, self._why(job))
        line = f"{job.State}: {counts(job.InstanceMetrics)}"
        changed, self._line = line != self._line, line
        return changed, job.State in _ENDED

    def _why(self, job: Any) -> str:
        """Return why nothing of the job runs, where the service explains it."""
        if not self._explains or job.State in _ENDED or job.InstanceMetrics.RunningCount:
            return ""
        try:
            return str(self._session.client.explain_job(self._job).Reason)
        except ClientError:
            self._explains = False
            return ""

    def _draw(self, job: Any, tasks: list[Any], why: str) -> None:
        screen, now = self._session.screen, datetime.now(UTC)
        columns_wide = (screen.width or 80) - 1
        took = elapsed(job.started_at, job.ended_at, now)
        head = harmless(f"{job.Name}  {job.Id}")
        state = str(job.State)
        lines = [
            screen.bold(cut(head, columns_wide)),
            screen.coloured(state, STATE_COLOURS.get(state)) + (f"  {took}" if took else ""),
            bar(job.InstanceMetrics, columns_wide),
            cut(f"instances: {counts(job.InstanceMetrics)}", columns_wide),
            cut(harmless(why), columns_wide),
        ]
        if tasks:
            lines += table(screen, tasks, columns(now))
        left = _left_out(job.TaskMetrics, tasks)
        if left:
            lines.append(cut(f"… and more tasks: {left}", columns_wide))
        screen.redraw(lines, self._drawn)
        self._drawn = len(lines)


def counts(metrics: Any) -> str:
    """Return counts by state in words, such as `3 of 10 finished, 2 running`.

    Args:
        metrics: The counts.
    """
    numbers = {word: int(getattr(metrics, f"{word}Count", 0) or 0) for word in STATES.values()}
    total = sum(numbers.values())
    words = [f"{numbers['Finished']:,} of {total:,} finished"]
    words += [
        f"{number:,} {word.lower()}"
        for word in ("Failed", "Running", "Waiting", "Stopped")
        if (number := numbers[word])
    ]
    return ", ".join(words)


def bar(metrics: Any, columns_wide: int) -> str:
    """Return how much is done, as a bar of text.

    Args:
        metrics: Counts by state.
        columns_wide: Columns at the most.
    """
    numbers = {word: int(getattr(metrics, f"{word}Count", 0) or 0) for word in STATES.values()}
    total = sum(numbers.values()) or 1
    cells = max(4, min(_BAR, columns_wide - 7))
    done = numbers["Finished"] * cells // total
    # Whatever there is of it takes a cell: one failed instance of a thousand is to be seen.
    failed = min(cells - done, -(-(numbers["Failed"] + numbers["Stopped"]) * cells // total))
    runs = min(cells - done - failed, -(-numbers["Running"] * cells // total))
    drawn = "#" * done + "!" * failed + ">" * runs
    return f"[{drawn.ljust(cells, '.')}] {numbers['Finished'] * 100 // total:3d}%"


def _left_out(metrics: Any, shown: list[Any]) -> str:
    words: list[str] = []
    for word in _ORDER:
        number = int(getattr(metrics, f"{word}Count", 0) or 0)
        number -= sum(1 for task in shown if task.State == word)
        if number > 0:
            words.append(f"{number:,} {word.lower()}")
    return ", ".join(words)
