# ruff: noqa: ASYNC109  (timeouts of waiting are arguments of both clients)
"""Report on a job: its end, why it failed, what its instances printed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from batchcompute import storage as objects
from batchcompute._http.asynchronous import AsyncTransport
from batchcompute._logs.events import LineSplitter
from batchcompute._logs.selection import Instances
from batchcompute._waiting.threads import in_thread
from batchcompute.client._async.instances import select_instances
from batchcompute.exceptions import JobFailedError
from batchcompute.logs import FailedInstance, InstanceLog, LogLine, failure_of, log_of

if TYPE_CHECKING:
    from batchcompute._generated.api import models
    from batchcompute._generated.api.operations.arguments import Ref

#: Failed instances that an error names; more would not be read.
_MOST_NAMED = 20
#: Seconds between two looks at what is followed: after something came, and at the most.
_SOON, _SELDOM = 0.3, 2.0


class AsyncResults:
    """Methods about what came of a job; whoever inherits them has the operations."""

    if TYPE_CHECKING:
        _transport: AsyncTransport

    async def wait_job(
        self,
        job: Ref,
        *,
        timeout: float | None = None,
        on_change: Callable[[models.Job], Any] | None = None,
        progress: bool = False,
        raise_on_failure: bool = False,
    ) -> models.Job:
        """Wait until a job has ended, however it ends; see `wait_jobs`.

        Args:
            job: The job.
            timeout: Seconds to wait at the most; None disables the timeout.
            on_change: Called with the job when its state or counts have changed.
            progress: Show a live bar on standard error.
            raise_on_failure: Raise an error if the job failed or was stopped.

        Returns:
            The job as it ended.

        Raises:
            JobFailedError: It failed or was stopped, and `raise_on_failure` is set; the error names
                the instances that failed, with exit codes, messages and where their logs are.
            WaitTimeoutError: Time is over; `last` has the job's newest state.
            NotFoundError: There is no such job.
            TransportError: No response for ten minutes, or a failure that is final.
        """
        client: Any = self
        (ended,) = await client.wait_jobs(
            job, timeout=timeout, on_change=on_change, progress=progress
        )
        if raise_on_failure and ended.State in ("Failed", "Stopped"):
            raise JobFailedError(ended, await self._failures(ended))
        found: models.Job = ended
        return found

    @overload
    async def read_logs(
        self,
        job: Ref,
        task: str | None = None,
        instance: int | None = None,
        stream: Literal["stdout", "stderr"] = "stdout",
        *,
        failed_only: bool = False,
        follow: Literal[False] = False,
        storage: Any = None,
    ) -> list[InstanceLog]: ...
    @overload
    async def read_logs(
        self,
        job: Ref,
        task: str | None = None,
        instance: int | None = None,
        stream: Literal["stdout", "stderr"] = "stdout",
        *,
        failed_only: bool = False,
        follow: Literal[True],
        storage: Any = None,
    ) -> AsyncIterator[LogLine]: ...
    async def read_logs(
        self,
        job: Ref,
        task: str | None = None,
        instance: int | None = None,
        stream: Literal["stdout", "stderr"] = "stdout",
        *,
        failed_only: bool = False,
        follow: bool = False,
        storage: Any = None,
    ) -> list[InstanceLog] | AsyncIterator[LogLine]:
        """Read what the instances of a job have printed.

        An instance's output is an object, there once the instance has ended. The service of this
        package also publishes what is printed so far while a program runs. Instances without one
        (that never ran, or whose task names no `StdoutRedirectPath`) are left out.

        Args:
            job: The job.
            task: Only this task; None for all.
            instance: Only the instance of this number; None for all.
            stream: "stdout" or "stderr".
            failed_only: Only instances that failed.
            follow: Return an iterator over lines instead, as they are printed, or as instances end
                where the service publishes nothing before. It goes on with the next attempt of what
                is tried again, waits out transient failures for ten minutes at the most, and is
                over when the job is, or the one instance that is meant.
            storage: An fsspec file system that has the objects; None for that of the environment's
                `OSS_ENDPOINT` and keys.

        Returns:
            One `InstanceLog` per instance, by task and number; or, with `follow`, an iterator of
            `LogLine`s.

        Raises:
            NotFoundError: There is no such job or task.
            ConfigError: No object store is known.
            ValueError: There is no such stream.
        """
        if stream not in ("stdout", "stderr"):
            raise ValueError(f"stream is 'stdout' or 'stderr', not {stream!r}")
        files = objects.open_storage() if storage is None else storage
        ranges = () if instance is None else ((instance, instance, 1),)
        chosen = Instances(ranges, ("Failed",) if failed_only else ())
        if follow:
            return self._follow(job, task, chosen, stream, files)
        logs: list[InstanceLog] = []
        async for name, found in select_instances(self, job, task, chosen):
            log = await self._log(name, found, stream, files)
            if log is not None:
                logs.append(log)
        return logs

    async def upload(
        self, source: str | os.PathLike[str], address: str, *, storage: Any = None
    ) -> str:
        """Write a local file as an object.

        Args:
            source: The file.
            address: `oss://bucket/key`; one that ends in a slash gets the file's name.
            storage: An fsspec file system; None for that of the environment.

        Returns:
            The object's address.

        Raises:
            ConfigError: No object store is known.
            ValueError: It is not the address of an object.
            OSError: The file cannot be read, or the object not be written.
        """
        files = objects.open_storage() if storage is None else storage
        return await in_thread(objects.upload_file, files, source, address)

    async def upload_package(
        self, source: str | os.PathLike[str], address: str, *, storage: Any = None
    ) -> str:
        """Pack a file or folder into an archive, and write it as an object for `PackagePath`.

        Args:
            source: A file, or a folder whose content lies at the root of the archive.
            address: `oss://bucket/key`, by custom ending in `.tar.gz`.
            storage: An fsspec file system; None for that of the environment.

        Returns:
            The object's address.

        Raises:
            ConfigError: No object store is known.
            ValueError: It is not the address of an object.
            OSError: Something cannot be read, or the object not be written.
        """
        files = objects.open_storage() if storage is None else storage
        return await in_thread(objects.upload_package, files, source, address)

    async def download(
        self, address: str, target: str | os.PathLike[str], *, storage: Any = None
    ) -> Path:
        """Copy an object into a local file.

        Args:
            address: `oss://bucket/key`.
            target: The file, or a folder in which it gets the object's name.
            storage: An fsspec file system; None for that of the environment.

        Returns:
            The file.

        Raises:
            ConfigError: No object store is known.
            ValueError: It is not the address of an object.
            OSError: There is no such object, or the file cannot be written.
        """
        files = objects.open_storage() if storage is None else storage
        return await in_thread(objects.download_file, files, address, target)

    async def _follow(
        self, job: Ref, task: str | None, chosen: Instances, stream: str, files: Any
    ) -> AsyncIterator[LogLine]:
        # Loaded when something is followed: most programs never do.
        from batchcompute._waiting.transient_errors import FAILURES, TransientErrorPolicy
        from batchcompute.client._async.following import AsyncFollower

        clock = self._transport.clock
        policy = TransientErrorPolicy(clock.now)
        follower = AsyncFollower(self, job, task, chosen, (stream,), files)
        splitters: dict[tuple[str, int], LineSplitter] = {}
        pause = _SOON
        while not follower.over:
            wanted = 0.0
            try:
                async for event in follower.look():
                    splitter = splitters.setdefault((event.task, event.instance), LineSplitter())
                    for line in splitter.take(event):
                        yield LogLine(event.task, event.instance, line)
            except (*FAILURES, ConnectionError, TimeoutError) as error:
                wanted = policy.failed(error)
            else:
                policy.succeeded()
            if follower.over:
                return
            pause = _SOON if follower.came else min(1.5 * pause, _SELDOM)
            await clock.sleep(max(pause, wanted))

    async def _log(self, task: str, instance: Any, stream: str, files: Any) -> InstanceLog | None:
        name, number, address = log_of(instance, task, stream)
        if not address:
            return None
        text = await in_thread(objects.read_text, files, address)
        return None if text is None else InstanceLog(name, number, stream, address, text)

    async def _failures(self, job: models.Job) -> list[FailedInstance]:
        client: Any = self
        failures: list[FailedInstance] = []
        async for task in client.list_tasks(job).all():
            listed = client.list_instances(job, task.TaskName, state="Failed")
            async for instance in listed.all():
                if len(failures) == _MOST_NAMED:
                    return failures
                failures.append(failure_of(instance, task.TaskName))
        return failures
