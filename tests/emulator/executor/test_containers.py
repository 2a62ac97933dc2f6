"""Programs in containers: by a made-up docker everywhere, and by podman where it works."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from tests.emulator.executor.conftest import Bench, tune, wait_until
from tests.emulator.executor.engines import IMAGE, Docker

pytestmark = pytest.mark.slow

TREE = "echo ready; sleep 600 & setsid sleep 600 & sleep 600"


@pytest.fixture
def isolation() -> Isolation:
    """Of no account in a container."""
    return "process-group"


@pytest.fixture(params=["docker", "podman"])
def engine(request: pytest.FixtureRequest) -> str:
    """Have a container engine before the executor looks for one."""
    name: str = request.param
    request.getfixturevalue(name)
    return name


def _start_tree(bench: Bench, **more: object) -> None:
    bench.start("a.1", TREE, container=IMAGE, **more)
    wait_until(lambda: len(bench.sleepers()) >= 3, "the tree is complete")


def test_program_runs_in_its_image(engine: str, bench: Bench) -> None:
    receipt = bench.run(
        "a.1",
        'echo "$NAME"; echo bad >&2; mkdir -p out; echo x > out/file; test -d /tmp || exit 9',
        environment={"NAME": "a = 'b' $c"},
        container=IMAGE,
        output_mapping={"out/": "oss://b/out/"},
    )
    assert (receipt.reason, receipt.exit_code, receipt.error_message) == ("exited", 0, "")
    assert bench.stdout("a.1") == "a = 'b' $c\n"
    assert bench.stderr("a.1") == "bad\n"
    assert bench.objects.read_range("oss://b/out/file") == b"x\n"
    assert bench.run("a.2", "exit 7", container=IMAGE).exit_code == 7


def test_stop_ends_the_container(engine: str, bench: Bench) -> None:
    _start_tree(bench)
    bench.executor.stop(["a.1"])
    receipt = bench.events.receipt("a.1")
    assert (receipt.reason, receipt.detail) == ("stopped", "")
    assert bench.processes() == []


def test_timeout_ends_the_container(engine: str, bench: Bench) -> None:
    receipt = bench.run("a.1", TREE, container=IMAGE, timeout_seconds=1.5)
    assert receipt.reason == "timed_out"
    assert bench.processes() == []


def test_killed_shim_leaves_no_container(engine: str, bench: Bench) -> None:
    _start_tree(bench)
    os.kill(bench.shim("a.1"), signal.SIGKILL)
    bench.events.lost("a.1")
    assert bench.processes() == []


def test_container_of_a_dead_server_ends_with_its_attempt(engine: str, bench: Bench) -> None:
    _start_tree(bench)
    shim = bench.shim("a.1")
    bench.executor.close(stop_attempts=False)
    os.kill(shim, signal.SIGKILL)
    wait_until(lambda: not bench.written("a.1").held, "it is gone")
    bench.reopen()
    # It is alive as long as its container is being ended.
    bench.executor.settle(["a.1"])
    bench.events.lost("a.1")
    assert bench.sleepers() == []


def test_container_goes_on_without_its_server(engine: str, bench: Bench) -> None:
    bench.start_gated("a.1", "echo late; exit 4", container=IMAGE)
    bench.executor.close(stop_attempts=False)
    bench.reopen()
    assert bench.settle("a.1") == {"a.1": "alive"}
    bench.let_on("a.1")
    assert bench.events.receipt("a.1").exit_code == 4
    assert bench.stdout("a.1") == "late\n"


def test_input_is_shown_and_cannot_be_written(podman: object, bench: Bench) -> None:
    bench.objects.put_bytes(b"in", "oss://b/in")
    bench.run(
        "a.1",
        "cat /absent/in; echo x > /absent/in; echo $?; echo y > /far/out; test -e /usr; echo $?",
        container=IMAGE,
        input_mapping={"oss://b/in": "/absent/in"},
        output_mapping={"/far/out": "oss://b/out"},
    )
    assert bench.stdout("a.1") == "in1\n1\n"
    assert bench.objects.read_range("oss://b/out") == b"y\n"
    assert bench.objects.read_range("oss://b/in") == b"in"


def test_command_line_says_it_all(docker: Docker, bench: Bench) -> None:
    bench.objects.put_bytes(b"in", "oss://b/in")
    bench.run(
        "a.1",
        "true",
        environment={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        container=IMAGE,
        input_mapping={"oss://b/in": "/absent/in"},
        output_mapping={"/far/out": "oss://b/out", "near/": "oss://b/near/"},
    )
    ((*arguments,),) = docker.runs()
    folder = bench.data_dir / "attempts" / "a.1"
    user = [] if os.getuid() == 0 else ["--user", f"{os.getuid()}:{os.getgid()}"]
    source = bench.objects.local_path("oss://b/in")
    assert arguments == [
        *["run", "--rm", "--name", "batchcompute-a.1", "--cidfile", f"{folder}/container.id"],
        *["--network", "host", "--workdir", f"{folder}/work", "--entrypoint", "/bin/sh", *user],
        *["--volume", f"{folder}/root/far:/far:rw", "--volume", f"{folder}/root/tmp:/tmp:rw"],
        *["--volume", f"{folder}/work:{folder}/work:rw"],
        *["--volume", f"{source}:/absent/in:ro"],
        *["--env", f"MARK={bench.mark}", IMAGE, "-c", "true"],
    ]
    assert ["rm", "--force", "batchcompute-a.1"] in docker.calls


def test_image_is_pulled_if_it_is_not_here(docker: Docker, bench: Bench) -> None:
    docker.registry.add("far/image:1")
    assert bench.run("a.1", "exit 3", container="far/image:1").exit_code == 3
    assert bench.run("a.2", "exit 4", container="far/image:1").exit_code == 4
    assert [call for call in docker.calls if call[0] == "pull"] == [
        ["pull", "--quiet", "far/image:1"]
    ]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("none", "the image cannot be had: no such image: none"),
        ("broken", "it is broken"),
        ("--privileged", "this is an option, and not the name of an image"),
    ],
)
def test_what_cannot_be_run_is_no_exit_code(
    docker: Docker, bench: Bench, image: str, reason: str
) -> None:
    docker.images.add("broken")
    receipt = bench.run("a.1", "true", container=image)
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidDocker")
    assert receipt.error_message.startswith(f"Docker {image}: ")
    assert receipt.error_message.endswith(reason)
    assert not any("--privileged" in call for call in docker.calls)


def test_without_an_engine_nothing_runs_outside(
    own_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tune(monkeypatch, engines=["no-such"])
    own_bench.open()
    assert not own_bench.executor.probe().containers
    assert "neither docker nor podman is installed" in own_bench.executor.probe().notes[-1]
    receipt = own_bench.run("a.1", "echo ran", container=IMAGE)
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidDocker")
    assert own_bench.objects.list_prefix("oss://logs/") == []


def test_engine_that_does_not_answer_is_named(
    tmp_path: Path, own_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("docker", "podman"):
        broken = tmp_path / name
        broken.write_text(f"#!/bin/sh\necho no {name} daemon >&2; exit 1\n", encoding="ascii")
        broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    own_bench.open()
    note = own_bench.executor.probe().notes[-1]
    assert note.endswith("refused: docker: no docker daemon; podman: no podman daemon")
