"""Pools in the configuration file: where groups run, and mistakes named with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchcompute.server.commands.main import run
from batchcompute.server.executors.launchers.interface import VMSpec
from batchcompute.server.executors.network.pools import Pools
from batchcompute.server.model.errors import StartError
from batchcompute.server.process.config_file import read_config
from batchcompute.server.process.pools_file import load_pools
from tests.engines import MadeUpEngine

_REST = '[pools.rest]\nkind = "external"\n'
_SLURM = '[pools.cpu]\nkind = "parsl"\nprovider = "slurm"\n'


def _load(folder: Path, text: str) -> Pools:
    path = folder / "service.toml"
    path.write_text(text, encoding="utf-8")
    return load_pools(read_config(path, ("service", "pools", "types")), folder / "pools")


def test_first_pool_that_takes_a_group_has_it(tmp_path: Path) -> None:
    pools = _load(
        tmp_path,
        '[pools.gpu]\nkind = "local"\ntypes = ["ecs.gn*"]\nmost-vms = 3\n'
        '[pools.night]\nkind = "external"\nclusters = ["night-*", "cls-7"]\ngroups = ["cpu"]\n'
        + _REST,
    )
    spec = VMSpec("p", "cls-1", "cpu", "ecs.sn1", "day")
    assert list(pools.launchers) == ["gpu", "night", "rest"]
    assert pools.pool_of(spec) == "rest"
    assert pools.pool_of(VMSpec("p", "cls-1", "cpu", "ecs.gn5", "day")) == "gpu"
    assert pools.pool_of(VMSpec("p", "cls-1", "cpu", "ecs.sn1", "night-1")) == "night"
    assert pools.pool_of(VMSpec("p", "cls-7", "cpu", "ecs.sn1", "")) == "night"
    assert pools.pool_of(VMSpec("p", "cls-7", "other", "ecs.sn1", "")) == "rest"
    assert pools.most_vms == 2003


def test_instance_type_stands_for_what_it_has(tmp_path: Path) -> None:
    pools = _load(
        tmp_path,
        _REST + '[types."ecs.sn1ne.large"]\nprocessors = 2\nmemory-mib = 4096\n'
        '[types."ecs.gn5"]\ngpus = 1\n',
    )
    spec = VMSpec("p", "c", "g", "ecs.sn1ne.large")
    assert (pools.resources(spec).processors, pools.resources(spec).memory_mib) == (2, 4096)
    assert pools.resources(VMSpec("p", "c", "g", "ecs.gn5")).gpus == 1
    unknown = VMSpec("p", "c", "g", "other")
    assert pools.resources(unknown) == unknown


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[pools.cpu]\nkind = "slrm"\n', 2, "there is no kind 'slrm'"),
        ("[pools.cpu]\nmost-vms = 1\n", 1, "it has no kind"),
        ('[pools.cpu]\nkind = "parsl"\nprovider = "slrum"\n', 3, "did you mean slurm?"),
        ('[pools.cpu]\nkind = "local"\n\nwaltime = "1:00:00"\n', 4, "there is no such setting"),
        (_SLURM + 'walltime = "1 hour"\n', 4, 'it is like "HH:MM:SS"'),
        (_SLURM + 'walltime = "0:01:00"\n', 4, "two minutes"),
        (_SLURM + "[pools.cpu.options]\npartitoin = 'x'\n", 5, "did you mean partition?"),
        (_SLURM + "[pools.cpu.options]\nqos = 7\n", 5, "is not an instance of str"),
        (_SLURM + "[pools.cpu.options]\nwalltime = '1:00:00'\n", 5, "set the pool's"),
        ('[pools.k]\nkind = "kubernetes"\n', 1, "it needs image"),
        ('[pools.d]\nkind = "dask"\n[pools.d.options]\nadress = "tls://h"\n', 4, "address"),
        ('[pools.d]\nkind = "dask"\noptions = {}\n', 3, "it needs address or scheduler_file"),
        ('[pools.Big]\nkind = "local"\n', 1, "lower-case"),
        ('[pools.x]\nkind = "local"\nmost-vms = 0\n', 3, "a whole number from 1 on"),
        ('[pools.x]\nkind = "local"\ngroups = "g"\n', 3, "a list of patterns"),
        ('[pools.x]\nkind = "local"\ngroups = ["g"]\n', 1, "a pool for all other groups"),
        (_REST + '[types."ecs.a"]\nprocessors = "2"\n', 4, "a number of processors"),
        (_REST + '[types."ecs.a"]\nmemorie = 2\n', 4, "did you mean memory?"),
    ],
)
def test_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(StartError) as caught:
        _load(tmp_path, text)
    assert f"service.toml, line {line}: " in str(caught.value)
    assert words in str(caught.value)


def test_pools_check_makes_a_dry_run_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = MadeUpEngine(tmp_path, monkeypatch, "sbatch", "squeue", "scancel", "sacct")
    for command in ("squeue", "sacct"):
        engine.answer(command)
    engine.answer("sbatch", errors="sbatch: Job 1 to start at noon\n")
    path = tmp_path / "service.toml"
    path.write_text(_SLURM + _REST)
    assert run(["pools", "check", str(path)]) == 0
    said = capsys.readouterr().err
    assert "pool cpu: slurm would take a job: sbatch: Job 1 to start at noon" in said
    assert "pool rest: " in said
    engine.answer("sbatch", errors="allocation failure: Invalid partition\n", code=1)
    assert run(["pools", "check", str(path), "cpu"]) == 1
    said = capsys.readouterr().err
    assert "pool cpu: error: allocation failure: Invalid partition" in said
    assert "pool rest" not in said
    assert run(["pools", "check", str(path), "cup"]) == 1
    assert "did you mean cpu?" in capsys.readouterr().err
    assert run(["config", "check", str(path)]) == 0


def test_pools_and_agents_of_the_command_line_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "service.toml"
    path.write_text(_REST)
    words = ["serve", "--port", "0", "--agents", "local", "--data", str(tmp_path / "data")]
    assert run([*words, "--config", str(path)]) == 1
    assert "leave one of the two out" in capsys.readouterr().err


def test_walltime_beyond_all_measure_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="walltime: it is too long"):
        _load(tmp_path, f'{_SLURM}walltime = "{"9" * 400}:00:00"\n')


def test_machine_itself_is_a_pool_without_agents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[pools.far]\nkind = "local"\ngroups = ["big*"]\n[pools.here]\nkind = "embedded"\n'
    pools = _load(tmp_path, text)
    assert list(pools.launchers) == ["far"]
    assert pools.embedded == {"here"}
    assert pools.pool_of(VMSpec("p", "c", "big-1")) == "far"
    assert pools.pool_of(VMSpec("p", "c", "small")) == "here"
    assert pools.limits == {"far": 1000}
    assert "pool here (this machine) takes every group that none before it takes" in pools.notes
    path = tmp_path / "service.toml"
    assert run(["pools", "check", str(path), "here"]) == 0
    assert "pool here: programs run on this machine, without agents" in capsys.readouterr().err
    with pytest.raises(StartError, match=r"line 3: .*see slots in \[service\]"):
        _load(tmp_path, '[pools.here]\nkind = "embedded"\nmost-vms = 3\n')


def test_machine_itself_is_not_taken_over_by_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "service.toml"
    path.write_text(
        '[pools.far]\nkind = "local"\ngroups = ["a"]\n[pools.here]\nkind = "embedded"\n'
    )
    words = ["serve", "--port", "0", "--data", str(tmp_path / "data"), "--config", str(path)]
    assert run([*words, "--standby"]) == 1
    assert "which is this machine: leave one of the two out" in capsys.readouterr().err
