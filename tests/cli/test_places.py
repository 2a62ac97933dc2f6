"""Clusters, images, Apps; which service is meant; completion and help."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import httpx
import pytest

from batchcompute import Client
from batchcompute.cli.catalogue import COMMANDS
from batchcompute.server import LocalServer
from tests.cli.conftest import COMMAND, Run, bare
from tests.cli.terminals import Terminal


def test_cluster_is_created_scaled_used_and_deleted(run: Run, client: Client) -> None:
    made = run("clusters", "create", "pool", "-n", "1", "--wait")
    assert made.returncode == 0, made.stderr
    cluster = made.stdout.strip()
    assert run("clusters", "scale", "pool", "2", "--wait").returncode == 0
    assert client.get_cluster(cluster).Groups["workers"].ActualVMCount == 2
    assert "2/2" in run("clusters", "show", "pool").stdout
    assert cluster in run("clusters", "-o", "ids").stdout.split()
    used = run("submit", "--wait", "--cluster", "pool", "--", "true")
    assert used.returncode == 0, used.stderr
    assert json.loads(run("clusters", "show", cluster, "-o", "json").stdout)["Name"] == "pool"
    wrong = run("clusters", "scale", "pool", "nobody=3")
    assert wrong.returncode == 5
    assert "there is no group 'nobody', but workers" in wrong.stderr
    assert run("clusters", "rm", "pool").returncode == 0
    assert run("clusters", "rm", "cls-nobody").returncode == 5


def test_cluster_may_have_groups(run: Run, client: Client) -> None:
    options = ("--group", "small=1:ecs.sn1ne.large", "--group", "large=0:bcs.a2.large")
    cluster = run("clusters", "create", "mixed", *options).stdout.strip()

    groups = client.get_cluster(cluster).Groups
    assert {name: (g.DesiredVMCount, g.InstanceType) for name, g in groups.items()} == {
        "small": (1, "ecs.sn1ne.large"),
        "large": (0, "bcs.a2.large"),
    }
    assert run("clusters", "scale", cluster, "1").returncode == 2
    assert run("clusters", "scale", cluster, "large=1").returncode == 0
    assert run("clusters", "rm", cluster).returncode == 0


def test_images_and_apps_are_listed(run: Run, client: Client) -> None:
    assert "img-ubuntu" in run("images", "-o", "ids").stdout.split()
    assert json.loads(run("images", "img-ubuntu").stdout)["Platform"] == "Linux"
    assert run("apps").stderr == "no Apps\n"
    assert run("apps", "nobody").returncode == 5


def test_service_of_this_machine_is_found_by_its_data_folder(tmp_path: Path) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            env=bare(tmp_path),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    usual = tmp_path / ".local" / "state" / "batchcompute"
    with LocalServer(usual, boot_seconds=0) as server:
        first = command("submit", "--wait", "--", "echo found")
        assert first.returncode == 0, first.stderr
        assert command("logs", "last").stdout == "found\n"
        by_folder = command("jobs", "--data", str(usual), "-o", "ids")
        assert by_folder.stdout == first.stdout
        # The key comes from the folder where the address alone is named.
        assert command("jobs", "--endpoint", server.endpoint).returncode == 0
    gone = command("jobs", "--data", str(usual))
    assert gone.returncode == 1
    assert "no service runs on the data folder" in gone.stderr


def test_service_is_run_and_led_to_from_the_same_command(tmp_path: Path) -> None:
    environ = bare(tmp_path)
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--boot-seconds", "0"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        address = server.stdout.readline().removeprefix("listening on ").strip()
        told, found, checked = (
            subprocess.run(
                [*COMMAND, *words], env=environ, capture_output=True, text=True, check=True
            )
            for words in (["env"], ["submit", "--wait", "-n", "2", "--", "true"], ["doctor"])
        )
    finally:
        server.terminate()
        server.communicate(timeout=60)

    assert server.returncode == 0
    assert f"export BATCHCOMPUTE_ENDPOINT={address}" in told.stdout
    assert found.stdout.startswith("job-")
    assert f"ok    endpoint     {address}" in checked.stdout


def test_configuration_file_names_a_service(run: Run, service: LocalServer, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    told = {
        "endpoint": service.endpoint,
        "access_key_id": service.access_key_id,
        "access_key_secret": service.access_key_secret,
    }
    file.write_text("".join(f"{name} = {value!r}\n" for name, value in told.items()))
    environ = {**bare(tmp_path), "BATCHCOMPUTE_CONFIG": str(file)}

    def jobs() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, "jobs"], env=environ, capture_output=True, text=True, check=False
        )

    assert jobs().returncode == 0
    file.write_text("endpiont = 'x'\n")
    assert "'endpiont' is not a setting" in jobs().stderr
    file.write_text("endpoint = \n")
    assert jobs().returncode == 1
    file.unlink()
    assert "which BATCHCOMPUTE_CONFIG names" in jobs().stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_command_and_option(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout

    for command in COMMANDS:
        assert command.name in script
    for word in ("keep-going", "time-limit", "jsonl", "last", "scale"):
        assert word in script


def test_bash_completes_commands_options_and_values(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "completion"
    file.write_text(run("completion", "bash").stdout)

    def completed(*words: str) -> list[str]:
        line = f"COMP_WORDS=(batchcompute {' '.join(words)}); COMP_CWORD={len(words)}"
        code = f"source {file}; {line}; _batchcompute; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert completed("sub") == ["submit"]
    assert completed("jobs", "--sta") == ["--state"]
    assert completed("jobs", "--state", "F") == ["Finished", "Failed"]
    assert completed("clusters", "sc") == ["scale"]
    assert completed("clusters", "scale", "--wa") == ["--wait"]
    # Of the service.
    assert completed("backup", "--wi") == ["--without-objects"]
    assert completed("serve", "--agents", "l") == ["local"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_commands_options_and_values(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "completion.fish"
    file.write_text(run("completion", "fish").stdout)
    lines = ["sub", "jobs --sta", "jobs --state F", "clusters sc", "clusters scale --wa"]
    code = f"source {file}; "
    code += "; ".join(f"complete -C 'batchcompute {line}'; echo ." for line in lines)
    env = {**os.environ, "HOME": os.fspath(tmp_path)}
    done = subprocess.run(["fish", "-c", code], capture_output=True, text=True, check=True, env=env)
    found = [
        [line.partition("\t")[0] for line in part.splitlines() if line]
        for part in done.stdout.split(".\n")
    ]
    assert found[:2] == [["submit"], ["--state"]]
    assert sorted(found[2]) == ["Failed", "Finished"]
    assert found[3:5] == [["scale"], ["--wait"]]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_commands_options_and_values(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "completion.zsh"
    file.write_text(run("completion", "zsh").stdout)
    environ = {**os.environ, "HOME": os.fspath(tmp_path)}
    with Terminal(
        environ=environ, columns=120, program=("bash", "-c", "exec zsh -f -i")
    ) as terminal:
        terminal.press(f"autoload -U compinit; compinit -u; source {file}; PS1='> '\n".encode())
        for line, whole in (
            ("sub", "submit"),
            ("jobs --sta", "jobs --state"),
            ("jobs --state Fin", "jobs --state Finished"),
            ("clusters sc", "clusters scale"),
            ("clusters scale --wa", "clusters scale --wait"),
        ):
            terminal.press(f"batchcompute {line}\t".encode())
            terminal.until(partial(_has_line, f"> batchcompute {whole}"))
            terminal.press(b"\x15")


def _has_line(line: str, text: str) -> bool:
    return line in text.splitlines()


def test_every_command_has_help(run: Run) -> None:
    overview = run("--help")
    assert overview.returncode == 0
    for command in COMMANDS:
        assert f"  {command.name} " in overview.stdout
        assert run(command.name, "--help").returncode == 0, command.name
    assert run("help", "jobs").stdout == run("jobs", "--help").stdout
    assert run().returncode == 2
    assert run("--version").stdout.startswith("batchcompute 3.")


def test_console_is_led_to_by_a_link(run: Run) -> None:
    without = run("console", "--no-browser")
    assert without.returncode == 1
    assert "--console" in without.stderr
    with LocalServer(boot_seconds=0, console_port=0) as server:
        environ = server.environment()
        job = run("submit", "--", "true", env=environ).stdout.strip()

        first = run("console", "--no-browser", env=environ)
        to_job = run("console", "last/main/0", env=environ)

        assert first.returncode == 0, first.stderr
        assert first.stdout.startswith(f"{server.console_endpoint}/login?token=")
        with httpx.Client(follow_redirects=True, trust_env=False) as browser:
            onward = browser.get(to_job.stdout.strip())
            view = f"/jobs/{job}/tasks/main/instances/0"
            # A page that leads there: it signs the browser in.
            assert f"url={view}" in onward.text
            page = browser.get(f"{server.console_endpoint}{view}")
        assert page.status_code == 200
        assert job in page.text
        assert run("console", "last", "--cluster", "x", env=environ).returncode == 2
