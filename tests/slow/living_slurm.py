"""A Slurm that runs its jobs on this machine, and fails as the real one rarely does.

Its commands are put on the PATH. They are this module again, which runs a job as Slurm does: the
script, and everything that it has started ends with it. A test has nodes fail, cancels jobs, and
lets answers of `sbatch` be lost although the job was taken.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from batchcompute.server.executors.attempt.processes import become_subreaper, kill_descendants

_COMMANDS = ("sbatch", "squeue", "scancel", "sacct")
#: How long a job that is cancelled may take to end, in seconds.
_KILL_WAIT_SECONDS = 30
_OVER = ("COMPLETED", "FAILED", "CANCELLED", "NODE_FAIL")
_ROOT = Path(__file__).parents[2]


class LivingSlurm:
    """Commands of a Slurm, and what they have started.

    Attributes:
        programs: The folder that they are in, for the PATH.
    """

    def __init__(self, folder: Path) -> None:
        """Make the commands in a folder."""
        self._folder = folder
        self.programs = folder / "programs"
        for each in (self.programs, folder / "jobs"):
            each.mkdir(parents=True)
        for name in _COMMANDS:
            words = [sys.executable, "-m", "tests.slow.living_slurm", name, str(folder)]
            program = self.programs / name
            python_path = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])
            program.write_text(
                f"#!/bin/sh\nexport PYTHONPATH={shlex.quote(python_path)}\n"
                f'exec {shlex.join(words)} "$@"\n'
            )
            program.chmod(0o755)

    def running(self) -> list[str]:
        """Return the jobs that are not over."""
        jobs = [each.name for each in (self._folder / "jobs").iterdir()]
        return sorted((each for each in jobs if _state(self._folder, each) == "RUNNING"), key=int)

    def fail_node(self, job: str) -> None:
        """Have the node of a job fail: all of it is gone at once, and nothing is told."""
        os.kill(int(_job(self._folder, job, "process").read_text()), signal.SIGUSR1)

    def cancel(self, job: str) -> None:
        """Cancel a job, as somebody does who looks at the queue."""
        subprocess.run([self.programs / "scancel", job], check=False, capture_output=True)

    def lose_answer(self) -> None:
        """Have the next submission be taken without an answer."""
        (self._folder / "lose-answer").touch()

    def has_lost_an_answer(self) -> bool:
        """Return whether all answers are lost that were to be."""
        return not (self._folder / "lose-answer").exists()

    def close(self) -> None:
        """End all jobs."""
        deadline = time.monotonic() + 60
        while jobs := self.running():
            for job in jobs:
                self.fail_node(job)
            assert time.monotonic() < deadline, jobs
            time.sleep(0.05)


def _job(folder: Path, job: str, name: str) -> Path:
    return folder / "jobs" / job / name


def _state(folder: Path, job: str) -> str:
    """Return the state of a job; "" if it is only about to be one."""
    try:
        return _job(folder, job, "state").read_text()
    except FileNotFoundError:
        return ""


def _set_state(folder: Path, job: str, state: str) -> None:
    new = _job(folder, job, "state.new")
    new.write_text(state)
    new.replace(_job(folder, job, "state"))


def _sbatch(folder: Path, arguments: Sequence[str]) -> int:
    script = Path(arguments[-1]).read_text()
    number = 1 + len(list((folder / "jobs").iterdir()))
    while True:
        try:
            (folder / "jobs" / str(number)).mkdir()
            break
        except FileExistsError:
            number += 1
    job = str(number)
    found = re.search(r"^#SBATCH --job-name=(\S+)", script, re.MULTILINE)
    assert found is not None
    _job(folder, job, "name").write_text(found[1])
    _job(folder, job, "script").write_text(script)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.slow.living_slurm", "run", str(folder), job],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Until it says that it runs, nobody sends it a signal.
    while not _state(folder, job):
        assert process.poll() is None
        time.sleep(0.01)
    try:
        (folder / "lose-answer").unlink()
    except FileNotFoundError:
        sys.stdout.write(f"Submitted batch job {job}\n")
        return 0
    text = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"
    sys.stderr.write(f"{text}\n")
    return 1


def _run(folder: Path, job: str) -> int:
    """Run a job to its end."""
    become_subreaper()
    end = ""

    def cancel(_number: int, _frame: FrameType | None) -> None:
        nonlocal end
        end = "CANCELLED"
        script.send_signal(signal.SIGTERM)
        signal.alarm(_KILL_WAIT_SECONDS)

    def fail(_number: int, _frame: FrameType | None) -> None:
        nonlocal end
        end = end or "NODE_FAIL"
        script.kill()

    with subprocess.Popen(
        ["/bin/bash", str(_job(folder, job, "script"))], cwd="/", start_new_session=True
    ) as script:
        signal.signal(signal.SIGTERM, cancel)
        signal.signal(signal.SIGALRM, fail)
        signal.signal(signal.SIGUSR1, fail)
        _job(folder, job, "process").write_text(str(os.getpid()))
        _set_state(folder, job, "RUNNING")
        code = script.wait()
    kill_descendants()
    _set_state(folder, job, end or ("FAILED" if code else "COMPLETED"))
    return 0


def _squeue(folder: Path) -> int:
    for job in sorted(os.listdir(folder / "jobs"), key=int):
        if state := _state(folder, job):
            name = _job(folder, job, "name").read_text()
            sys.stdout.write(f"{job}|{state}|None|{name}\n")
    return 0


def _scancel(folder: Path, jobs: Sequence[str]) -> int:
    for job in jobs:
        if _state(folder, job) in ("", *_OVER):
            text = f"scancel: error: Kill job error on job id {job}: Invalid job id"
            sys.stderr.write(f"{text}\n")
            return 1
        os.kill(int(_job(folder, job, "process").read_text()), signal.SIGTERM)
    return 0


def main() -> int:
    """Be one of the commands, or the daemon that runs a job."""
    role, folder, arguments = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    match role:
        case "sbatch":
            return _sbatch(folder, arguments)
        case "run":
            return _run(folder, arguments[0])
        case "squeue":
            return _squeue(folder)
        case "scancel":
            return _scancel(folder, arguments)
        case _:
            sys.stderr.write("Slurm accounting storage is disabled\n")
            return 1


if __name__ == "__main__":
    sys.exit(main())
