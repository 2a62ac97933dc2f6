"""The launcher of batch systems, against commands that say what batch systems rarely say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.launchers.agent_script import Site, agent_script, staggered
from batchcompute.server.executors.launchers.batch_systems.launcher import BatchSystemLauncher
from batchcompute.server.executors.launchers.command_lines import run
from batchcompute.server.executors.launchers.interface import AgentCommand, LaunchError, VMSpec
from tests.engines import MadeUpEngine

_SITE = Site(walltime_seconds=3600)
_COMMAND = AgentCommand(("python", "-m", "agent"), {"BATCHCOMPUTE_AGENT_TOKEN": "it's $ecret"})
_SPEC = VMSpec("cls.group", "cls", "group")
_SLURM = ("sbatch", "squeue", "scancel", "sacct")
_REFUSED = "sbatch: error: Batch job submission failed: Invalid account\n"


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpEngine:
    engine = MadeUpEngine(tmp_path, monkeypatch, *_SLURM)
    engine.answer("sacct", errors="Slurm accounting storage is disabled\n", code=1)
    engine.answer("squeue")
    engine.answer("scancel")
    engine.answer("sbatch", "Submitted batch job 7\n")
    return engine


def _launcher(folder: Path, system: str = "slurm", **options: Any) -> BatchSystemLauncher:
    return BatchSystemLauncher(system, options, folder / "jobs", _SITE)


def test_vm_is_a_job_of_its_name_and_needs(slurm: MadeUpEngine, tmp_path: Path) -> None:
    launcher = _launcher(tmp_path, partition="batch", scheduler_options="#SBATCH --comment=here")
    spec = VMSpec("cls.group", "cls", "group", processors=4, memory_mib=2048, gpus=1)
    assert launcher.ensure("i-1", _COMMAND, spec) == "7"
    script = slurm.script("sbatch")
    assert "#SBATCH --job-name=i-1." in script
    for line in (
        "--partition=batch",
        "--cpus-per-task=4",
        "--mem=2048M",
        "--gpus=1",
        "--no-requeue",
        "--time=60",
        "--comment=here",
    ):
        assert f"#SBATCH {line}\n" in script
    assert "--exclusive" not in script
    # Nobody else reads the token, and no command line has it.
    assert (tmp_path / "jobs").stat().st_mode & 0o077 == 0
    assert "ecret" not in "".join(slurm.calls())


def test_job_that_was_submitted_before_a_kill_is_found(slurm: MadeUpEngine, tmp_path: Path) -> None:
    slurm.answer(
        "squeue", "41|COMPLETING|None|i-1.1\n42|PENDING|Priority|i-1.2\n43|RUNNING|None|x\n"
    )
    launcher = _launcher(tmp_path)
    assert launcher.ensure("i-1", _COMMAND, _SPEC) == "42"
    assert not slurm.calls("sbatch")
    seen = _launcher(tmp_path).observe({"i-1": "", "i-2": ""})
    assert (seen["i-1"].standing, seen["i-1"].reference) == ("pending", "42")
    assert seen["i-2"].standing == "gone"


def test_job_whose_submission_was_not_answered_is_found(
    slurm: MadeUpEngine, tmp_path: Path
) -> None:
    launcher = _launcher(tmp_path)
    assert launcher.ensure("i-1", _COMMAND, _SPEC) == "7"
    words = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n"
    slurm.answer("sbatch", errors=words, code=1)
    with pytest.raises(LaunchError, match="timed out"):
        launcher.ensure("i-2", _COMMAND, _SPEC)
    slurm.answer("squeue", "7|RUNNING|None|i-1.1\n8|PENDING|None|i-2.1\n")
    assert launcher.ensure("i-2", _COMMAND, _SPEC) == "8"
    assert launcher.ensure("i-1", _COMMAND, _SPEC) == "7"


def test_refusal_is_told_in_the_words_of_the_engine(slurm: MadeUpEngine, tmp_path: Path) -> None:
    slurm.answer("sbatch", errors=_REFUSED, code=1)
    with pytest.raises(LaunchError, match=r"Invalid account$"):
        _launcher(tmp_path).ensure("i-1", _COMMAND, _SPEC)


@pytest.mark.parametrize(
    ("state", "standing", "planned"),
    [
        ("PENDING|QOSMaxJobsPerUserLimit", "pending", False),
        ("CONFIGURING|None", "pending", False),
        ("RUNNING|None", "running", False),
        ("SUSPENDED|None", "unknown", False),
        ("A_NEW_STATE|None", "unknown", False),
        ("CANCELLED|None", "gone", False),
        ("NODE_FAIL|NodeDown", "gone", False),
        ("PREEMPTED|None", "gone", True),
        ("TIMEOUT|TimeLimit", "gone", True),
        ("COMPLETED|None", "gone", True),
    ],
)
def test_states_of_slurm(
    slurm: MadeUpEngine, tmp_path: Path, state: str, standing: str, planned: bool
) -> None:
    slurm.answer("squeue", f"7|{state}|i-1.1\n8|RUNNING|None|other\n")
    seen = _launcher(tmp_path).observe({"i-1": "7"})["i-1"]
    assert (seen.standing, seen.planned) == (standing, planned)
    reason = state.partition("|")[2]
    if reason not in ("None", ""):
        assert reason in seen.words


def test_job_that_slurm_does_not_list_is_gone(slurm: MadeUpEngine, tmp_path: Path) -> None:
    assert _launcher(tmp_path).observe({"i-1": "7"})["i-1"].standing == "gone"


def test_controller_that_does_not_answer_says_nothing_of_jobs(
    slurm: MadeUpEngine, tmp_path: Path
) -> None:
    slurm.answer(
        "squeue", errors="slurm_load_jobs error: Unable to contact slurm controller", code=1
    )
    with pytest.raises(LaunchError, match="Unable to contact"):
        _launcher(tmp_path).observe({"i-1": "7"})


def test_release_cancels_once_and_bears_a_job_that_is_gone(
    slurm: MadeUpEngine, tmp_path: Path
) -> None:
    launcher = _launcher(tmp_path)
    launcher.ensure("i-1", _COMMAND, _SPEC)
    slurm.answer(
        "scancel", errors="scancel: error: Kill job error: Invalid job id specified", code=1
    )
    launcher.release("i-1", "7")
    assert not list((tmp_path / "jobs").iterdir())
    slurm.answer("scancel", errors="scancel: error: Unable to contact slurm controller", code=1)
    with pytest.raises(LaunchError, match="Unable to contact"):
        launcher.release("i-1", "7")
    # The same VM can be asked for again.
    slurm.answer("sbatch", "Submitted batch job 8\n")
    slurm.answer("scancel")
    launcher.release("i-1", "7")
    assert launcher.ensure("i-1", _COMMAND, _SPEC) == "8"


def test_last_words_of_an_agent_are_told(slurm: MadeUpEngine, tmp_path: Path) -> None:
    launcher = _launcher(tmp_path)
    launcher.ensure("i-1", _COMMAND, _SPEC)
    (tmp_path / "jobs/i-1.log").write_text("much\nNo module named batchcompute\n")
    slurm.answer("squeue", "7|FAILED|NonZeroExitCode|i-1.1\n")
    words = launcher.observe({"i-1": "7"})["i-1"].words
    assert "NonZeroExitCode" in words
    assert "No module named batchcompute" in words


def test_jobs_on_another_cluster_are_looked_for_there(slurm: MadeUpEngine, tmp_path: Path) -> None:
    slurm.answer("squeue", "CLUSTER: far\n7|RUNNING|None|i-1.1\n")
    launcher = _launcher(tmp_path, clusters="far")
    assert launcher.observe({"i-1": "7"})["i-1"].standing == "running"
    assert "--clusters=far" in slurm.calls("squeue")[0]


def test_secrets_of_the_service_are_not_handed_on_to_nodes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BATCHCOMPUTE_ACCESS_KEY_SECRET", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("SLURM_CONF", "/etc/here")
    assert run("env", seconds=60).output.count("hush") == 0
    assert "SLURM_CONF=/etc/here" in run("env", seconds=60).output
    assert run("env", seconds=60, hands_on=False).output.count("hush") == 2


def test_command_that_does_not_answer_is_ended() -> None:
    with pytest.raises(LaunchError, match="sleep did not answer"):
        run("sleep 600 & wait", seconds=0.1)
    with pytest.raises(LaunchError, match="no-such-command cannot be run"):
        run(["no-such-command"], seconds=60)


def test_check_is_a_dry_run(slurm: MadeUpEngine, tmp_path: Path) -> None:
    slurm.answer("sbatch", errors="sbatch: Job 9 to start at noon\n")
    (finding,) = _launcher(tmp_path).check()
    assert "to start at noon" in finding
    assert all("--test-only" in call for call in slurm.calls("sbatch"))
    assert not list((tmp_path / "jobs").iterdir())
    slurm.answer("sbatch", errors=_REFUSED, code=1)
    with pytest.raises(LaunchError, match="Invalid account"):
        _launcher(tmp_path).check()


def test_check_names_commands_that_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LaunchError, match="bsub, bjobs, bkill: no such command"):
        _launcher(tmp_path, "lsf").check()


def test_job_that_another_system_lists_no_more_is_gone_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = MadeUpEngine(tmp_path, monkeypatch, "bsub", "bjobs", "bkill")
    engine.answer("bsub", "Job <12> is submitted to queue <normal>.\n")
    engine.answer("bjobs", "12 RUN\n")
    patient = BatchSystemLauncher("lsf", {}, tmp_path / "jobs", _SITE)
    hasty = BatchSystemLauncher("lsf", {}, tmp_path / "jobs", _SITE, missing_seconds=0)
    assert patient.observe({"i-1": "12"})["i-1"].standing == "running"
    engine.answer("bjobs", errors="Job <12> is not found\n", code=255)
    assert patient.observe({"i-1": "12"})["i-1"].standing == "unknown"
    assert hasty.observe({"i-1": "12"})["i-1"].standing == "gone"
    # One that is not known says nothing of the others.
    engine.answer("bjobs", errors="Job <12> is not found\n", code=255, once=1)
    engine.answer("bjobs", "13 RUN\n", once=2)
    engine.answer("bjobs", "13 RUN\n", once=3)
    assert hasty.observe({"i-1": "12", "i-2": "13"})["i-2"].standing == "running"
    engine.answer("bjobs", errors="Failed in LSF library call: LIM is down", code=255)
    with pytest.raises(LaunchError, match="LIM is down"):
        hasty.observe({"i-1": "12"})


def test_words_of_a_system_that_parsl_swallows_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = MadeUpEngine(tmp_path, monkeypatch, "bsub", "bjobs", "bkill", "qsub", "qstat", "qdel")
    engine.answer("bjobs", errors="No unfinished job found\n")
    engine.answer("bsub", errors="Queue <nope> does not exist. Job not submitted.\n", code=255)
    with pytest.raises(LaunchError, match="Queue <nope> does not exist"):
        _launcher(tmp_path, "lsf").ensure("i-1", _COMMAND, _SPEC)
    engine.answer("qstat", "{}")
    engine.answer("qsub", errors="qsub: Unknown queue\n", code=170)
    with pytest.raises(LaunchError, match="Unknown queue"):
        _launcher(tmp_path, "pbspro").ensure("i-1", _COMMAND, _SPEC)


@pytest.mark.parametrize(
    ("system", "submit", "answer", "job", "lines"),
    [
        ("pbspro", "qsub", "5.head\n", "5.head", ["select=1:ncpus=2:mem=512mb:ngpus=1", "-r n"]),
        ("torque", "qsub", "5.head\n", "5.head", ["nodes=1:ppn=2", "-l mem=512mb"]),
        ("sge", "qsub", "5\n", "5", ["-l mem_free=512M", "-r n"]),
        ("lsf", "bsub", "Job <5> is submitted to queue <q>.\n", "5", ["-n 2", "mem=512MB"]),
        (
            "htcondor",
            "condor_submit",
            "Submitting job(s).\n1 job(s) submitted to cluster 5.\n",
            "5.0",
            ["request_cpus = 2", "request_memory = 512", "request_gpus = 1"],
        ),
    ],
)
def test_other_systems_are_asked_for_what_a_vm_needs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    submit: str,
    answer: str,
    job: str,
    lines: list[str],
) -> None:
    engine = MadeUpEngine(tmp_path, monkeypatch, submit, "qstat", "bjobs")
    engine.answer(submit, answer)
    engine.answer("qstat", "{}" if system == "pbspro" else "")
    engine.answer("bjobs")
    spec = VMSpec("cls.group", "cls", "group", processors=2, memory_mib=512, gpus=1)
    assert _launcher(tmp_path, system).ensure("i-1", _COMMAND, spec) == job
    files = list((tmp_path / "jobs").iterdir())
    assert all("i-1." in each.name for each in files)
    written = "".join(each.read_text() for each in files)
    assert [line for line in lines if line not in written] == []


def test_script_runs_the_agent_in_a_folder_that_goes_with_it(tmp_path: Path) -> None:
    program = 'printf "%s\n" "$BATCHCOMPUTE_AGENT_TOKEN" "$@" >"$0"; ls -d "$2"/..; exit 3'
    said, log = tmp_path / "said", tmp_path / "log"
    command = AgentCommand(("sh", "-c", program, str(said)), _COMMAND.environment)
    site = Site(scratch=str(tmp_path), walltime_seconds=1000, objects="s3://there")
    script = agent_script("i-1", command, site, log)
    done = subprocess.run(["sh", "-c", script], check=False, capture_output=True)
    assert done.returncode == 3, done.stderr
    scratch = tmp_path / f"batchcompute-{os.getuid()}"
    token, *arguments = said.read_text().splitlines()
    assert token == "it's $ecret"
    seconds = f"{staggered('i-1', 1000):g}"
    where = f"{scratch}/i-1"
    assert arguments == [
        *("--objects", "s3://there", "--walltime", seconds, "--data-dir", where),
        *("--input-cache-folder", f"{scratch}/input-cache"),
    ]
    assert scratch.is_dir()
    assert not (scratch / "i-1").exists()


def test_ends_of_agents_that_began_together_are_spread() -> None:
    ends = {staggered(f"i-{number}", 86400) for number in range(100)}
    assert len(ends) > 90
    assert max(ends) <= 86400
    assert min(ends) >= 86400 - 600
