# ruff: noqa: ASYNC109  (timeouts of waiting are arguments of both clients)
"""Report on a job: its end, why it failed, what its instances printed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from batchcompute import storage as objects
from batchcompute._http.asynchronous import AsyncTransport
from batchcompute._waiting.threads import in_thread
from batchcompute.exceptions import JobFailedError
from batchcompute.logs import FailedInstance, InstanceLog, LogLine, failure_of, log_of

if TYPE_CHECKING:
    from batchcompute._generated.api import models
    from batchcompute._generated.api.operations.arguments import Ref

_ENDED = ("Finished", "Failed", "Stopped")
#: Failed instances that an error names; more would not be read.
_MOST_NAMED = 20
#: Seconds between two polls of a job whose logs are followed.
_POLL_SECONDS = 1.0


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

        An instance's output is an object that is there once the instance has ended; those without
        one (that never ran, or whose task names no `StdoutRedirectPath`) are left out.

        Args:
            job: The job.
            task: Only this task; None for all.
            instance: Only the instance of this number; None for all.
            stream: "stdout" or "stderr".
            failed_only: Only instances that failed.
            follow: Return an iterator over lines instead, which waits for instances to end and is
                over when the job is.
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
        chosen = (task, instance, failed_only)
        if follow:
            return self._follow(job, chosen, stream, files)
        logs: list[InstanceLog] = []
        for name, found in await self._instances(job, *chosen):
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
        self, job: Ref, chosen: tuple[str | None, int | None, bool], stream: str, files: Any
    ) -> AsyncIterator[LogLine]:
        client: Any = self
        told: set[tuple[str, int]] = set()
        while True:
            # Polled first: what ended before it did is all that there will be.
            over = (await client.get_job(job)).State in _ENDED
            for name, found in await self._instances(job, *chosen):
                key = (name, int(found.InstanceId))
                if key in told or not (over or found.State in _ENDED):
                    continue
                told.add(key)
                log = await self._log(name, found, stream, files)
                for line in [] if log is None else log.text.splitlines():
                    yield LogLine(*key, line)
            if over:
                return
            await self._transport.clock.sleep(_POLL_SECONDS)

    async def _instances(
        self, job: Ref, task: str | None, instance: int | None, failed_only: bool
    ) -> list[tuple[str, Any]]:
        client: Any = self
        if task is None:
            names = [one.TaskName async for one in client.list_tasks(job).all()]
        else:
            names = [task]
        found: list[tuple[str, Any]] = []
        for name in names:
            if instance is not None:
                one = await client.get_instance(job, name, instance)
                if not failed_only or one.State == "Failed":
                    found.append((name, one))
                continue
            state = "Failed" if failed_only else ""
            listed = client.list_instances(job, name, state=state)
            found += [(name, one) async for one in listed.all()]
        return found

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
