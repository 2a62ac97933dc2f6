"""The launcher of batch systems: a VM is a job that runs one agent."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from batchcompute.server.executors.agent.logs import last_words
from batchcompute.server.executors.launchers.agent_script import Site, agent_script
from batchcompute.server.executors.launchers.batch_systems.provider import Provider
from batchcompute.server.executors.launchers.batch_systems.systems import (
    SYSTEMS,
    Report,
    is_unknown,
)
from batchcompute.server.executors.launchers.command_lines import one_line
from batchcompute.server.executors.launchers.interface import (
    AgentCommand,
    LaunchError,
    Observation,
    VMSpec,
)

#: How long a job may be missing in what a batch system lists before it is taken for gone: a new one
#: is not listed at once everywhere, and one that ends may be nowhere for a moment.
_MISSING_SECONDS = 30.0
_TRIAL = "i-trial"
_Needs = tuple[int | None, int | None, int]


class BatchSystemLauncher:
    """Submits agents as jobs; see `Launcher` for what the verbs mean."""

    observe_seconds = 10.0

    def __init__(
        self,
        system: str,
        options: Mapping[str, Any],
        folder: Path,
        site: Site,
        *,
        missing_seconds: float = _MISSING_SECONDS,
    ) -> None:
        """Describe a launcher; nothing is asked before the first verb.

        Args:
            system: One of `SYSTEMS`.
            options: As Parsl's provider takes them.
            folder: For scripts and logs; the nodes have it as well, if what agents say is to be
                seen. It is made if it is not there.
            site: What is to be known about the nodes; it has a walltime.
            missing_seconds: How long a job may be missing before it is taken for gone.
        """
        self._name = system
        self._system = SYSTEMS[system](options)
        self._options = options
        self._folder = folder.absolute()
        self._site = site
        self._missing_seconds = missing_seconds
        self._providers: dict[_Needs, Provider] = {}
        # VM -> job, of those submitted here or found; None if that has to be looked up.
        self._jobs: dict[str, str] | None = None
        # Job -> since when it is missing, by the monotonic clock.
        self._missing: dict[str, float] = {}

    def check(self) -> tuple[str, ...]:
        """Have the batch system say whether it would take an agent, where it can."""
        programs = self._system.programs
        if absent := [name for name in programs if shutil.which(name) is None]:
            raise LaunchError(f"{', '.join(absent)}: no such command on the PATH")
        spec = VMSpec("", "", "")
        provider = self._provider(spec)
        self._system.find()
        if self._system.dry_run is None:
            return (f"{self._name} answers; it cannot be tried whether it would take a job",)
        script = agent_script(_TRIAL, AgentCommand(("true",)), self._site, self._log(_TRIAL))
        words = provider.try_submission(script, _TRIAL, 1, self._system.dry_run)
        self._remove_files(_TRIAL)
        return (f"{self._name} would take a job: {words}",)

    def ensure(self, vm_id: str, command: AgentCommand, spec: VMSpec) -> str:
        """Submit a job, unless there is one for this VM."""
        if self._jobs is None:
            # Jobs that were submitted and could not be recorded.
            self._jobs = self._system.find()
        if vm_id in self._jobs:
            return self._jobs[vm_id]
        provider = self._provider(spec)
        script = agent_script(vm_id, command, self._site, self._log(vm_id))
        try:
            job_id = provider.submit(script, vm_id, spec.processors or 1)
        except LaunchError:
            # It may have been taken all the same, with an answer that did not come.
            self._jobs = None
            raise
        self._jobs[vm_id] = job_id
        return job_id

    def release(self, vm_id: str, reference: str) -> None:
        """Cancel the job of a VM, if it is not over."""
        job_id = reference or (self._jobs or {}).get(vm_id) or self._system.find().get(vm_id, "")
        if job_id:
            provider = self._any_provider()
            if not provider.cancel(job_id) and not is_unknown(provider.last):
                words = "it said nothing" if provider.last is None else provider.last.words
                raise LaunchError(words)
        self._forget(vm_id, job_id)
        self._remove_files(vm_id)

    def observe(self, vms: Mapping[str, str]) -> Mapping[str, Observation]:
        """Ask about all jobs at once."""
        named = dict(vms)
        if unnamed := [vm_id for vm_id, job_id in vms.items() if not job_id]:
            found = self._system.find()
            named |= {vm_id: found.get(vm_id, "") for vm_id in unnamed}
        job_ids = sorted({job_id for job_id in named.values() if job_id})
        reports = self._system.report(self._any_provider(), job_ids) if job_ids else {}
        return {
            vm_id: self._observation(vm_id, vms[vm_id], job_id, reports.get(job_id))
            for vm_id, job_id in named.items()
        }

    def close(self, *, release: Collection[str] = ()) -> None:
        """Let go of nothing: jobs go on."""

    def _observation(
        self, vm_id: str, reference: str, job_id: str, report: Report | None
    ) -> Observation:
        if not job_id:
            return Observation("gone", words="it was never submitted", planned=True)
        if report is None:
            return Observation("unknown")
        seen = report.seen
        if report.listed:
            self._missing.pop(job_id, None)
        else:
            since = self._missing.setdefault(job_id, time.monotonic())
            if time.monotonic() - since < self._missing_seconds:
                return Observation("unknown", job_id, "its job is not listed")
        if seen.standing == "gone":
            said = one_line(last_words(self._log(vm_id)).rpartition("\n")[2])
            words = "; ".join(filter(None, (seen.words, said)))
            self._forget(vm_id, job_id)
            return Observation("gone", words=words, planned=seen.planned)
        return Observation(
            seen.standing, "" if reference == job_id else job_id, seen.words, seen.planned
        )

    def _provider(self, spec: VMSpec) -> Provider:
        """Return the provider of jobs with certain needs."""
        needs = (spec.processors, spec.memory_mib, spec.gpus)
        if needs not in self._providers:
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise LaunchError(f"{self._folder} cannot be made: {error.strerror}") from error
            if not os.access(self._folder, os.W_OK):
                raise LaunchError(f"{self._folder} cannot be written to")
            options = self._system.options(self._options, spec)
            walltime = _as_time(self._site.walltime_seconds or 0.0)
            self._providers[needs] = Provider(self._name, options, walltime, self._folder)
        return self._providers[needs]

    def _any_provider(self) -> Provider:
        return next(iter(self._providers.values()), None) or self._provider(VMSpec("", "", ""))

    def _forget(self, vm_id: str, job_id: str) -> None:
        if self._jobs is not None:
            self._jobs.pop(vm_id, None)
        self._missing.pop(job_id, None)

    def _log(self, vm_id: str) -> Path:
        return self._folder / f"{vm_id}.log"

    def _remove_files(self, vm_id: str) -> None:
        for path in [*self._folder.glob(f"{vm_id}.*"), *self._folder.glob(f"parsl.{vm_id}.*")]:
            path.unlink(missing_ok=True)


def _as_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"
