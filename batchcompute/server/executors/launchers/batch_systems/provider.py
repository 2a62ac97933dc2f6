"""Parsl's providers, without Parsl's executors: how a batch system is told of a job.

A provider writes the job's script, submits it, and translates states. It keeps all of that in
memory, swallows what commands complain about, and takes a job that is not listed for one that is
complete. So every command is run and remembered here, and what is in memory is put there before
each question.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from batchcompute.server.executors.launchers.command_lines import Answer, one_line, run
from batchcompute.server.executors.launchers.extras import MissingExtraError
from batchcompute.server.executors.launchers.interface import LaunchError

#: Names of providers in a configuration -> Parsl's classes.
PROVIDERS = {
    "slurm": "SlurmProvider",
    "pbspro": "PBSProProvider",
    "torque": "TorqueProvider",
    "sge": "GridEngineProvider",
    "lsf": "LSFProvider",
    "htcondor": "CondorProvider",
}
#: Arguments of providers that are decided here: one agent is one VM, which is one job.
OWN_ARGUMENTS = frozenset(
    {
        "init_blocks",
        "launcher",
        "max_blocks",
        "min_blocks",
        "nodes_per_block",
        "parallelism",
        "walltime",
    }
)


class _Parsl(Protocol):
    """The part of a provider that is used."""

    resources: dict[str, dict[str, Any]]
    script_dir: str | None

    def submit(self, command: str, tasks_per_node: int, job_name: str, /) -> object: ...

    def status(self, job_ids: Sequence[str], /) -> Sequence[Any]: ...

    def cancel(self, job_ids: Sequence[str], /) -> Sequence[bool]: ...


def provider_class(name: str) -> type[Any]:
    """Return Parsl's class.

    Args:
        name: One of `PROVIDERS`.

    Raises:
        MissingExtraError: Parsl is not installed.
    """
    try:
        module = importlib.import_module("parsl.providers")
    except ImportError as error:
        raise MissingExtraError("parsl", "engine", str(error)) from error
    return cast("type[Any]", getattr(module, PROVIDERS[name]))


def option_mistake(name: str, options: Mapping[str, Any], option: str) -> str:
    """Return what is wrong with an option of a provider; "" if it may be right.

    Args:
        name: One of `PROVIDERS`.
        options: All options of the pool.
        option: The one to look at.

    Raises:
        MissingExtraError: Parsl is not installed.
    """
    known = inspect.signature(provider_class(name).__init__).parameters
    if option in OWN_ARGUMENTS:
        return "it is decided by the service" + ("" if option != "walltime" else ": set the pool's")
    if option not in known or option == "self":
        named = sorted(set(known) - OWN_ARGUMENTS - {"self"})
        near = difflib.get_close_matches(option, named, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(named)}"
        return f"{PROVIDERS[name]} of Parsl has no such option; {hint}"
    expected = typing.get_type_hints(provider_class(name).__init__).get(option)
    if expected is not None:
        typeguard = importlib.import_module("typeguard")
        try:
            typeguard.check_type(options[option], expected)
        except typeguard.TypeCheckError as error:
            return one_line(str(error))
    return ""


class Provider:
    """One provider of Parsl's, with what its commands said last."""

    def __init__(self, name: str, options: Mapping[str, Any], walltime: str, folder: Path) -> None:
        """Make a provider; it may ask the batch system something.

        Args:
            name: One of `PROVIDERS`.
            options: As Parsl takes them.
            walltime: As HH:MM:SS.
            folder: Where scripts go.

        Raises:
            LaunchError: Parsl is not installed, does not take the options, or cannot ask.
        """
        self.last: Answer | None = None
        self._instead: tuple[str, str] | None = None
        cls = provider_class(name)
        launchers = importlib.import_module("parsl.launchers")
        self._states = importlib.import_module("parsl.jobs.states")
        known = inspect.signature(cls.__init__).parameters
        own: dict[str, Any] = {
            "walltime": walltime,
            "launcher": launchers.SimpleLauncher(),
            "nodes_per_block": 1,
        }
        wanted = {**options, **{key: own[key] for key in own if key in known}}
        try:
            self._parsl: _Parsl = _recording(cls, self._execute)(**wanted)
        except (TypeError, ValueError, AssertionError) as error:
            raise LaunchError(f"{PROVIDERS[name]}: {one_line(str(error))}") from error
        except Exception as error:
            raise _as_launch_error(error) from error
        self._parsl.script_dir = str(folder)

    def submit(self, script: str, name: str, processors: int) -> str:
        """Submit a job; return its id.

        Args:
            script: For the shell.
            name: A part of the job's name.
            processors: How many it needs, where the provider asks for that here.

        Raises:
            LaunchError: The batch system refused; in its own words.
        """
        self.last = None
        try:
            job = self._parsl.submit(script, processors, name)
        except Exception as error:
            raise self._complaint(error) from error
        if not job:
            raise self._complaint(None)
        return str(job)

    def try_submission(
        self, script: str, name: str, processors: int, instead: tuple[str, str]
    ) -> str:
        """Have the batch system say whether it would take a job; return what it says.

        Args:
            script: See `submit`.
            name: See `submit`.
            processors: See `submit`.
            instead: The beginning of its command, and what stands there to start nothing.

        Raises:
            LaunchError: It would not.
        """
        self._instead, self.last = instead, None
        try:
            self._parsl.submit(script, processors, name)
        except Exception as error:
            # It has found no job id in what the command said.
            if self.last is None:
                raise _as_launch_error(error) from error
        finally:
            self._instead = None
        answer = cast("Answer | None", self.last)
        if answer is None or answer.code != 0:
            raise self._complaint(None)
        return answer.words

    def states(self, job_ids: Sequence[str]) -> dict[str, str]:
        """Return the states of jobs by Parsl's names; "" for one that was not told of.

        Raises:
            LaunchError: The batch system could not be asked, or refused to say.
        """
        self._seed(job_ids)
        seeds = {job_id: self._parsl.resources[job_id]["status"] for job_id in job_ids}
        self.last = None
        try:
            found = self._parsl.status(job_ids)
        except Exception as error:
            raise self._complaint(error) from error
        answer = cast("Answer | None", self.last)
        if answer is not None and answer.code != 0:
            raise self._complaint(None)
        return {
            job_id: "" if status is seeds[job_id] else str(status.state.name)
            for job_id, status in zip(job_ids, found, strict=True)
        }

    def cancel(self, job_id: str) -> bool:
        """Cancel a job; return False, with `last` saying why, if that was refused.

        Raises:
            LaunchError: The batch system could not be asked.
        """
        self._seed([job_id])
        self.last = None
        try:
            return all(self._parsl.cancel([job_id]))
        except Exception as error:
            raise self._complaint(error) from error

    def _seed(self, job_ids: Sequence[str]) -> None:
        """Let Parsl know jobs, of whichever server, as ones that are to be asked about."""
        self._parsl.resources.clear()
        for job_id in job_ids:
            self._parsl.resources[job_id] = {
                "job_id": job_id,
                "status": self._states.JobStatus(self._states.JobState.PENDING),
                "job_stdout_path": None,
                "job_stderr_path": None,
                "size": 1,
            }

    def _execute(self, command: str, seconds: float) -> tuple[int, str, str]:
        if self._instead is not None and command.startswith(self._instead[0]):
            command = self._instead[1] + command.removeprefix(self._instead[0])
        self.last = run(command, seconds=seconds)
        return self.last.code, self.last.output, self.last.errors

    def _complaint(self, error: Exception | None) -> LaunchError:
        """Return the batch system's own words, rather than Parsl's about them."""
        answer = self.last
        if answer is not None and (error is None or answer.code != 0):
            return LaunchError(answer.words)
        return _as_launch_error(error or RuntimeError("it said nothing"))


def _as_launch_error(error: Exception) -> LaunchError:
    if isinstance(error, LaunchError):
        return error
    return LaunchError(one_line(str(error)) or type(error).__name__)


def _recording(cls: type[Any], execute: Any) -> type[Any]:
    """Return a provider's class whose commands are run by a function of ours.

    It stands between the class and its base, as some ask for their base's method by name.
    """
    base = importlib.import_module("parsl.providers.cluster_provider").ClusterProvider

    def execute_wait(self: Any, cmd: str, timeout: float | None = None) -> tuple[int, str, str]:
        result: tuple[int, str, str] = execute(cmd, timeout or self.cmd_timeout)
        return result

    recorder = type("Recorder", (base,), {"execute_wait": execute_wait})
    return type(f"Recorded{cls.__name__}", (cls, recorder), {})
