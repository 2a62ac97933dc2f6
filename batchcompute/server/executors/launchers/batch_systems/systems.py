"""Differences between batch systems, as far as Parsl's providers leave them open."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchcompute.server.executors.launchers.batch_systems.provider import Provider
from batchcompute.server.executors.launchers.command_lines import Answer, run
from batchcompute.server.executors.launchers.interface import (
    LaunchError,
    Observation,
    Standing,
    VMSpec,
)

#: Seconds that a command of a batch system may take.
SECONDS = 60.0
#: How a batch system says that it does not know a job.
_UNKNOWN_JOB = re.compile(
    r"unknown job|invalid job id|has finished|not found|does not exist|no such job|"
    r"couldn't find|could not find|is not found",
    re.IGNORECASE,
)
_STANDINGS: Mapping[str, Standing] = {
    "PENDING": "pending",
    "RUNNING": "running",
    "CANCELLED": "gone",
    "COMPLETED": "gone",
    "FAILED": "gone",
    "TIMEOUT": "gone",
}


def is_unknown(answer: Answer | None) -> bool:
    """Return whether a command failed as the batch system does not know the job."""
    return answer is not None and bool(_UNKNOWN_JOB.search(answer.errors + answer.output))


@dataclass(frozen=True, slots=True)
class Report:
    """A job as a batch system reports it.

    Attributes:
        seen: What it says.
        listed: False if the job is only not there, which may be so for a moment.
    """

    seen: Observation
    listed: bool = True


class BatchSystem:
    """A batch system as Parsl's provider tells of it.

    Attributes:
        programs: Commands that have to be there.
        dry_run: The beginning of the command that submits, and what stands there to start nothing;
            None if it cannot be tried.
    """

    programs: tuple[str, ...] = ()
    dry_run: tuple[str, str] | None = None

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Take the options of the pool."""
        self._given = given

    def options(self, options: Mapping[str, Any], spec: VMSpec) -> dict[str, Any]:
        """Return a provider's options with what a VM needs.

        Args:
            options: Of the pool.
            spec: The VM.
        """
        return _with_lines(options, self.lines(spec))

    def lines(self, spec: VMSpec) -> Sequence[str]:
        """Return what a job's script says for the needs of a VM."""
        del spec
        return ()

    def find(self) -> dict[str, str]:
        """Return the jobs of this user that are not over: VM id -> job id.

        Raises:
            LaunchError: The batch system could not be asked.
        """
        return {}

    def report(self, provider: Provider, job_ids: Sequence[str]) -> dict[str, Report]:
        """Ask how jobs are doing.

        Raises:
            LaunchError: The batch system could not be asked.
        """
        try:
            states = provider.states(job_ids)
        except LaunchError:
            if not is_unknown(provider.last):
                raise
            if len(job_ids) > 1:
                # One that is not known spoils the answer for the others.
                return {each: self.report(provider, [each])[each] for each in job_ids}
            states = {job_ids[0]: ""}
        return {job_id: _report(state) for job_id, state in states.items()}


class Slurm(BatchSystem):
    """Slurm, whose controller is asked itself: it says why a job waits, and how one ended."""

    programs = ("sbatch", "squeue", "scancel")
    dry_run = ("sbatch ", "sbatch --test-only ")

    _WAITS = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD"})
    _RUNS = frozenset({"RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "RESIZING"})
    #: The agent's exit code 0 says that it left in order.
    _PLANNED = frozenset({"TIMEOUT", "DEADLINE", "PREEMPTED", "COMPLETED"})
    _GONE = _PLANNED | {
        "BOOT_FAIL",
        "CANCELLED",
        "FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "REVOKED",
        "SPECIAL_EXIT",
    }

    def options(self, options: Mapping[str, Any], spec: VMSpec) -> dict[str, Any]:
        """Share nodes, unless the pool says otherwise: a VM is what its instance type says."""
        return super().options({"exclusive": False, **options}, spec)

    def lines(self, spec: VMSpec) -> Sequence[str]:
        """Ask for processors, memory and GPUs; a job that is put back is another VM."""
        lines = ["#SBATCH --no-requeue"]
        if spec.processors:
            lines.append(f"#SBATCH --cpus-per-task={spec.processors}")
        if spec.memory_mib:
            lines.append(f"#SBATCH --mem={spec.memory_mib}M")
        if spec.gpus:
            lines.append(f"#SBATCH --gpus={spec.gpus}")
        return lines

    def find(self) -> dict[str, str]:
        """Ask for this user's jobs, by their names."""
        found: dict[str, str] = {}
        for job_id, state, _, name in self._queue():
            if state not in self._GONE:
                found[name.partition(".")[0]] = job_id
        return found

    def report(self, provider: Provider, job_ids: Sequence[str]) -> dict[str, Report]:
        """Ask for this user's jobs; one that is not listed is no more."""
        del provider
        wanted = set(job_ids)
        found = {
            job_id: Report(self._seen(state, reason))
            for job_id, state, reason, _ in self._queue()
            if job_id in wanted
        }
        for job_id in wanted - found.keys():
            found[job_id] = Report(Observation("gone", words="Slurm knows its job no more"))
        return found

    def _seen(self, state: str, reason: str) -> Observation:
        why = reason if reason not in ("None", "(null)", "") else ""
        if state in self._WAITS:
            return Observation("pending", words=f"Slurm lets its job wait: {why}" if why else "")
        if state in self._RUNS:
            return Observation("running")
        words = f"its job is {state}" + (f" ({why})" if why else "")
        if state in self._GONE:
            return Observation("gone", words=words, planned=state in self._PLANNED)
        return Observation("unknown", words=words)

    def _queue(self) -> list[tuple[str, str, str, str]]:
        """Return id, state, reason and name of this user's jobs, also of those just ended."""
        clusters = self._given.get("clusters")
        answer = run(
            [
                "squeue",
                *([f"--clusters={clusters}"] if clusters else []),
                "--noheader",
                "--states=all",
                f"--user={os.getuid()}",
                "--format=%i|%T|%r|%j",
            ],
            seconds=SECONDS,
        )
        if answer.code != 0:
            raise LaunchError(answer.words)
        rows = [line.split("|", 3) for line in answer.output.splitlines()]
        return [(row[0], row[1], row[2], row[3]) for row in rows if len(row) == 4]


class PBSPro(BatchSystem):
    """PBS Professional and OpenPBS."""

    programs = ("qsub", "qstat", "qdel")

    def options(self, options: Mapping[str, Any], spec: VMSpec) -> dict[str, Any]:
        """Ask for a chunk with processors, memory and GPUs."""
        wanted = dict(options)
        if spec.processors:
            wanted["cpus_per_node"] = spec.processors
        parts = [str(options.get("select_options", "")).strip(":")]
        if spec.memory_mib:
            parts.append(f"mem={spec.memory_mib}mb")
        if spec.gpus:
            parts.append(f"ngpus={spec.gpus}")
        if any(parts):
            wanted["select_options"] = ":".join(filter(None, parts))
        # Put back by PBS, it would be the same VM twice.
        return _with_lines(wanted, ["#PBS -r n"])

    def find(self) -> dict[str, str]:
        """Ask for all jobs, by their names."""
        answer = run(["qstat", "-f", "-F", "json"], seconds=SECONDS)
        if answer.code != 0:
            raise LaunchError(answer.words)
        try:
            jobs: dict[str, Any] = json.loads(answer.output or "{}").get("Jobs", {})
        except ValueError as error:
            raise LaunchError(f"qstat did not answer in JSON: {error}") from error
        return {str(job.get("Job_Name", "")).partition(".")[0]: key for key, job in jobs.items()}


class Torque(BatchSystem):
    """Torque."""

    programs = ("qsub", "qstat", "qdel")

    def lines(self, spec: VMSpec) -> Sequence[str]:
        """Ask for memory and GPUs; processors are asked for as tasks."""
        lines = ["#PBS -r n"]
        if spec.memory_mib:
            lines.append(f"#PBS -l mem={spec.memory_mib}mb")
        if spec.gpus:
            lines.append(f"#PBS -W x=GRES:gpu@{spec.gpus}")
        return lines


class GridEngine(BatchSystem):
    """Sun's Grid Engine and its descendants."""

    programs = ("qsub", "qstat", "qdel")
    dry_run = ("qsub ", "qsub -w v ")

    def lines(self, spec: VMSpec) -> Sequence[str]:
        """Ask for memory; parallel environments and GPUs have other names at each site."""
        lines = ["#$ -r n"]
        if spec.memory_mib:
            lines.append(f"#$ -l mem_free={spec.memory_mib}M")
        return lines

    def find(self) -> dict[str, str]:
        """Ask for this user's jobs, by their names."""
        answer = run(["qstat", "-r"], seconds=SECONDS)
        if answer.code != 0:
            raise LaunchError(answer.words)
        found: dict[str, str] = {}
        job_id = ""
        for line in answer.output.splitlines():
            if begin := re.match(r"\s*(\d+)\s", line):
                job_id = begin[1]
            elif name := re.match(r"\s*Full jobname:\s*([\w-]+)", line):
                found[name[1]] = job_id
        return found


class Lsf(BatchSystem):
    """IBM Spectrum LSF."""

    programs = ("bsub", "bjobs", "bkill")

    def options(self, options: Mapping[str, Any], spec: VMSpec) -> dict[str, Any]:
        """Ask for processors instead of a whole node, where a VM says how many it needs."""
        wanted = dict(options)
        if spec.processors and "request_by_nodes" not in options:
            wanted |= {
                "request_by_nodes": False,
                "cores_per_block": spec.processors,
                "cores_per_node": spec.processors,
            }
        return super().options(wanted, spec)

    def lines(self, spec: VMSpec) -> Sequence[str]:
        """Ask for memory and GPUs."""
        lines = ["#BSUB -rn"]
        if spec.memory_mib:
            lines.append(f'#BSUB -R "rusage[mem={spec.memory_mib}MB]"')
        if spec.gpus:
            lines.append(f'#BSUB -gpu "num={spec.gpus}"')
        return lines

    def find(self) -> dict[str, str]:
        """Ask for this user's jobs, by their names."""
        answer = run(["bjobs", "-noheader", "-o", "jobid job_name"], seconds=SECONDS)
        if answer.code != 0 and "no unfinished job" not in answer.errors.lower():
            raise LaunchError(answer.words)
        rows = [line.split(None, 1) for line in answer.output.splitlines()]
        return {row[1].partition(".")[0]: row[0] for row in rows if len(row) == 2}


class HTCondor(BatchSystem):
    """HTCondor."""

    programs = ("condor_submit", "condor_q", "condor_rm")
    dry_run = ("condor_submit ", "condor_submit -dry-run - ")

    def lines(self, spec: VMSpec) -> Sequence[str]:
        """Ask for processors, memory and GPUs; started a second time, it would be another VM."""
        lines = ["periodic_remove = NumJobStarts > 1 || JobStatus == 5"]
        if spec.processors:
            lines.append(f"request_cpus = {spec.processors}")
        if spec.memory_mib:
            lines.append(f"request_memory = {spec.memory_mib}")
        if spec.gpus:
            lines.append(f"request_gpus = {spec.gpus}")
        return lines


SYSTEMS: Mapping[str, type[BatchSystem]] = {
    "slurm": Slurm,
    "pbspro": PBSPro,
    "torque": Torque,
    "sge": GridEngine,
    "lsf": Lsf,
    "htcondor": HTCondor,
}


def _report(state: str) -> Report:
    if not state:
        return Report(Observation("gone", words="its job is not listed any more"), listed=False)
    standing = _STANDINGS.get(state, "unknown")
    words = f"its job is {state}" if standing in ("gone", "unknown") else ""
    seen = Observation(standing, words=words, planned=state == "TIMEOUT")
    # Parsl says so also of a job that is not listed.
    return Report(seen, listed=state != "COMPLETED")


def _with_lines(options: Mapping[str, Any], lines: Sequence[str]) -> dict[str, Any]:
    # Those of the pool come last, and so win.
    given = str(options.get("scheduler_options", ""))
    return {**options, "scheduler_options": "\n".join([*lines, *([given] if given else [])])}
