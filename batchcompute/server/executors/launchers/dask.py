"""The launcher of Dask: a VM is one long task of a Dask scheduler, which runs one agent.

Any scheduler will do: of dask-jobqueue, dask-kubernetes, a Gateway, or started by hand. A task is
named after its VM, so that the same one asked for again is the same task. Dask runs a task again
whose worker is lost, which is noticed by the worker that has it, and is then another VM.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batchcompute.server.executors.launchers import dask_task
from batchcompute.server.executors.launchers.agent_script import Site, agent_arguments
from batchcompute.server.executors.launchers.command_lines import one_line
from batchcompute.server.executors.launchers.extras import MissingExtraError
from batchcompute.server.executors.launchers.interface import (
    AgentCommand,
    LaunchError,
    Observation,
    VMSpec,
)

_SECONDS = 20.0
_PREFIX = "batchcompute-"


@dataclass(frozen=True, slots=True)
class DaskOptions:
    """The settings of a pool about its scheduler.

    Attributes:
        address: Of the scheduler, like "tls://head:8786"; "" to read `scheduler_file`.
        scheduler_file: The file that the scheduler has written.
        security: Arguments of Dask's `Security`: `tls_ca_file`, `tls_client_cert`, ….
        resources: What a task asks of a worker, by names that the workers were started with.
        workers: Addresses or names of the workers that may have agents; all if there are none.
    """

    address: str = ""
    scheduler_file: str = ""
    security: Mapping[str, Any] = field(default_factory=dict[str, Any])
    resources: Mapping[str, float] = field(default_factory=dict[str, float])
    workers: tuple[str, ...] = ()


class DaskLauncher:
    """Has Dask run agents; see `Launcher` for what the verbs mean."""

    observe_seconds = 2.0

    def __init__(self, options: DaskOptions, site: Site) -> None:
        """Describe a launcher; nothing is asked before the first verb.

        Args:
            options: Where the scheduler is.
            site: What is to be known about the workers' machines.
        """
        self._options = options
        self._site = site
        self._client: Any = None
        self._futures: dict[str, Any] = {}
        # VM -> the worker that has begun its agent.
        self._workers: dict[str, str] = {}

    def check(self) -> tuple[str, ...]:
        """Count the workers that may have agents."""
        info = self._ask(lambda client: client.scheduler_info(n_workers=-1))
        threads = sum(each["nthreads"] for each in info["workers"].values())
        return (
            f"the scheduler {info['address']} has {len(info['workers'])} workers for at most "
            f"{threads} agents",
        )

    def ensure(self, vm_id: str, command: AgentCommand, spec: VMSpec) -> str:
        """Submit the task of a VM; Dask knows one that it has."""
        self._workers.pop(vm_id, None)
        if vm_id in self._futures:
            return _PREFIX + vm_id
        resources = dict(self._options.resources)
        if spec.gpus and "GPU" not in resources:
            resources["GPU"] = float(spec.gpus)

        def submit(client: Any) -> Any:
            future = client.submit(
                dask_task.run_agent,
                vm_id,
                agent_arguments(vm_id, command, self._site),
                dict(command.environment),
                self._site.scratch,
                key=_PREFIX + vm_id,
                pure=False,
                retries=0,
                resources=resources or None,
                workers=list(self._options.workers) or None,
            )
            # A scheduler takes a task in the background. What it is told of one before that is
            # lost, and a task that is cancelled before that runs all the same.
            _until(client, _PREFIX + vm_id, known=True)
            # It goes on when this server ends.
            importlib.import_module("distributed").fire_and_forget(future)
            return future

        self._futures[vm_id] = self._ask(submit)
        return _PREFIX + vm_id

    def release(self, vm_id: str, reference: str) -> None:
        """End the agent of a VM, whichever worker has it, and forget its task."""
        del reference
        key = _PREFIX + vm_id

        def end(client: Any) -> None:
            worker, _ = _held(client, [key]).get(key, ("", 0))
            distributed = importlib.import_module("distributed")
            client.cancel([distributed.Future(key, client)], force=True)
            # One that has just been given to a worker may have begun by then.
            later = _until(client, key, known=False)
            if workers := [each for each in {worker, later} if each]:
                client.run(dask_task.end_agent, vm_id, workers=workers, on_error="ignore")

        self._ask(end)
        self._futures.pop(vm_id, None)
        self._workers.pop(vm_id, None)

    def observe(self, vms: Mapping[str, str]) -> Mapping[str, Observation]:
        """Ask the scheduler which worker has which task."""
        found: dict[str, Observation] = {}
        held = self._ask(lambda client: _held(client, [_PREFIX + vm_id for vm_id in vms]))
        for vm_id in vms:
            found[vm_id] = self._observation(vm_id, held.get(_PREFIX + vm_id))
        return found

    def close(self, *, release: Collection[str] = ()) -> None:
        """Let go of the scheduler; tasks go on."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _observation(self, vm_id: str, held: tuple[str, int] | None) -> Observation:
        if held is None:
            words = "Dask knows its task no more"
            planned = False
            future = self._futures.get(vm_id)
            if future is not None and future.status == "pending":
                # It is on its way there.
                return Observation("pending")
            self._futures.pop(vm_id, None)
            if future is not None:
                words, planned = _outcome(future)
            return Observation("gone", words=words, planned=planned)
        worker, losses = held
        began = self._workers.setdefault(vm_id, worker) if worker else self._workers.get(vm_id)
        if losses or began not in (None, worker):
            # Who has it now is another agent, which is turned away as long as this VM is known.
            # A worker may be lost before it was ever seen here, so Dask's own count is asked too.
            return Observation("gone", words=f"Dask lost the worker {began or 'of its task'}")
        if not worker:
            return Observation("pending", words="Dask has no worker for its task")
        return Observation("running")

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        try:
            return question(self._connected())
        except LaunchError:
            raise
        except Exception as error:
            words = one_line(str(error)) or type(error).__name__
            self._drop()
            raise LaunchError(f"Dask: {words}") from error

    def _connected(self) -> Any:
        if self._client is not None and self._client.status == "running":
            return self._client
        self._drop()
        try:
            distributed = importlib.import_module("distributed")
        except ImportError as error:
            raise MissingExtraError("distributed", "dask", str(error)) from error
        options = self._options
        # It says at length that it cannot connect, and tries again by itself.
        logging.getLogger("distributed").setLevel(logging.ERROR)
        self._client = distributed.Client(
            address=options.address or _address_in(options.scheduler_file),
            security=distributed.Security(**options.security) if options.security else None,
            set_as_default=False,
            timeout=_SECONDS,
            name="batchcompute",
        )
        self._futures.clear()
        return self._client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close(timeout=1)
            except Exception:
                logging.getLogger(__name__).debug("a client is not closed in order", exc_info=True)


def _address_in(scheduler_file: str) -> str:
    """Read a scheduler's file; Dask itself would wait for ever for one that is not there."""
    try:
        return str(json.loads(Path(scheduler_file).read_bytes())["address"])
    except OSError as error:
        raise LaunchError(f"{scheduler_file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LaunchError(f"{scheduler_file} is not what a scheduler writes") from error


def _held(client: Any, keys: list[str]) -> dict[str, tuple[str, int]]:
    """Return the tasks that wait or run: key -> the worker that has it, and how many it has lost.

    The worker is "" as long as there is none for it. Workers that end in order are not counted.
    """

    # In here, so that it goes to the scheduler as code: this package need not be there.
    def find(dask_scheduler: Any = None) -> dict[str, tuple[str, int]]:
        found: dict[str, tuple[str, int]] = {}
        for key in keys:
            task = dask_scheduler.tasks.get(key)
            if task is not None and task.state not in ("memory", "erred", "released", "forgotten"):
                worker = task.processing_on
                found[key] = (worker.address if worker is not None else "", task.suspicious)
        return found

    return dict(client.run_on_scheduler(find))


def _until(client: Any, key: str, *, known: bool) -> str:
    """Wait until the scheduler knows a task, or knows it no more; return the worker that had it.

    Raises:
        LaunchError: The scheduler does not come to it.
    """

    async def wait(dask_scheduler: Any = None) -> str | None:
        import asyncio
        import time

        worker = ""
        deadline = time.monotonic() + seconds
        while True:
            task = dask_scheduler.tasks.get(key)
            if task is not None and task.processing_on is not None:
                worker = task.processing_on.address
            if (task is not None) == known:
                return worker
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(0.01)

    seconds = _SECONDS
    worker: str | None = client.run_on_scheduler(wait)
    if worker is None:
        words = "does not take the task" if known else "does not forget the task"
        raise LaunchError(f"Dask: its scheduler {words} {key} within {_SECONDS:g} s")
    return worker


def _outcome(future: Any) -> tuple[str, bool]:
    """Return what an agent said last, and whether it left in order."""
    try:
        code, said = future.result(timeout=5)
    except Exception as error:
        return one_line(str(error)) or type(error).__name__, False
    words = one_line(said.rpartition("\n")[2])
    return f"its agent ended with code {code}" + (f": {words}" if words else ""), code == 0
