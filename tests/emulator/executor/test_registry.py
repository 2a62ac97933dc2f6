"""Programs in containers whose images come from a registry in the caller's storage."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from tests.emulator.executor.conftest import PATIENCE, Bench, wait_until
from tests.emulator.executor.engines import Docker
from tests.registry_store import COMPRESSIONS, KINDS, StoreWriter, busybox_layer, layer

OWN, PLACE = "localhost:5000/dir/own:1", "oss://images/dockers/"
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")
VARIABLE = "BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH"


@pytest.fixture
def isolation() -> Isolation:
    """Of no account in a container."""
    return "process-group"


@pytest.fixture(scope="module")
def shell() -> bytes:
    """A layer in which programs can run."""
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("a static busybox is not installed")
    return busybox_layer(Path(busybox))


def _store(bench: Bench) -> StoreWriter:
    return StoreWriter(bench.objects.put_bytes, PLACE)


def _run(bench: Bench, name: str, command: str = "true", **more: Any) -> Any:
    return bench.run(name, command, **{"container": OWN, "registry": PLACE, **more})


def _loads(docker: Docker) -> int:
    return sum(call[0] == "load" for call in docker.calls)


def _digest(bench: Bench, repository: str = "dir/own", tag: str = "1") -> str:
    """Return the digest of an image's configuration, as the store has it."""
    root = f"{PLACE}docker/registry/v2/"
    link = f"{root}repositories/{repository}/_manifests/tags/{tag}/current/link"
    name = bench.objects.read_range(link).decode().partition(":")[2]
    manifest = bench.objects.read_range(f"{root}blobs/sha256/{name[:2]}/{name}/data").decode()
    return manifest.partition('"config"')[2].partition("sha256:")[2][:64]


def test_image_is_loaded_once(docker: Docker, bench: Bench) -> None:
    _store(bench).image("dir/own", "1", "again", layers=(layer(word=b"hello"),))
    assert _run(bench, "a.1", "exit 3").exit_code == 3
    assert _run(bench, "a.2", "exit 4", container="dir/own:again").exit_code == 4
    assert _loads(docker) == 1
    name = f"localhost/batchcompute:{_digest(bench)}"
    for call in docker.runs():
        assert call[-3:] == [name, "-c", call[-1]]
        # The name is ours, and no registry is to be asked for it.
        assert call[call.index("--pull") + 1] == "never"
    assert not any(call[0] == "pull" for call in docker.calls)


def test_images_of_one_name_do_not_meet(docker: Docker, bench: Bench) -> None:
    other = "oss://others/registry"
    _store(bench).image("dir/own", "1", author="one")
    StoreWriter(bench.objects.put_bytes, f"{other}/").image("dir/own", "1", author="other")
    for name, place in (("a.1", PLACE), ("a.2", other)):
        assert _run(bench, name, registry=place).exit_code == 0
    first, second = (call[-3] for call in docker.runs())
    assert first != second
    assert _loads(docker) == 2


def test_image_that_the_engine_has_is_not_loaded(docker: Docker, bench: Bench) -> None:
    _store(bench).image("dir/own", "1")
    docker.images.add(f"sha256:{_digest(bench)}")
    assert _run(bench, "a.1").exit_code == 0
    assert _loads(docker) == 0
    assert docker.runs()[0][-3] == f"sha256:{_digest(bench)}"


def test_archive_is_gone_when_the_program_runs(docker: Docker, bench: Bench) -> None:
    _store(bench).image("dir/own", "1", layers=(layer(word=b"hello"),))
    folder = bench.data_dir / "attempts" / "a.1"
    seen: list[bool] = []
    docker.loading = lambda tar: seen.append((folder / "scratch" / "image.tar").exists())
    assert _run(bench, "a.1", f"test ! -e {folder}/scratch/image.tar").exit_code == 0
    assert seen == [True]


def test_attempts_at_once_load_it_once(docker: Docker, bench: Bench) -> None:
    _store(bench).image("dir/own", "1")
    # Time for the others to come to the same point.
    docker.loading = lambda tar: time.sleep(0.5)
    names = [f"a.{number}" for number in range(4)]
    for number, name in enumerate(names):
        bench.start(name, "exit 3", container=OWN, registry=PLACE, worker_id=f"vm-{number}")
    assert [bench.events.receipt(name).exit_code for name in names] == [3] * 4
    assert _loads(docker) == 1


def test_stop_breaks_off_the_loading(docker: Docker, bench: Bench) -> None:
    _store(bench).image("dir/own", "1")
    started, ended = threading.Event(), threading.Event()

    def load_for_long(_: object) -> None:
        started.set()
        ended.wait(2 * PATIENCE)

    docker.loading = load_for_long
    for number in range(2):
        bench.start(f"a.{number}", "true", container=OWN, registry=PLACE, worker_id=f"vm-{number}")
    assert started.wait(PATIENCE)
    bench.executor.stop(["a.0", "a.1"])
    # The one that loads as well as the one that waits for it.
    for name in ("a.0", "a.1"):
        assert bench.events.receipt(name).reason == "stopped"
    ended.set()
    assert docker.runs() == []


@pytest.mark.parametrize("by_variable", [True, False])
def test_refusal_names_the_field(docker: Docker, bench: Bench, by_variable: bool) -> None:
    _store(bench).image("dir/own", "2")
    environment = {VARIABLE: PLACE} if by_variable else {}
    receipt = _run(bench, "a.1", environment=environment)
    field = f"EnvVars.{VARIABLE}" if by_variable else "Docker.RegistryOSSPath"
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidDocker")
    words = f"Docker {OWN} ({field} {PLACE}): the repository 'dir/own' has no tag '1', only 2"
    assert receipt.error_message == words
    assert docker.runs() == []


@pytest.mark.parametrize(
    ("image", "place", "words"),
    [
        ("--privileged", PLACE, "is not of the form localhost:5000/<name>"),
        ("localhost:5000/../own", PLACE, "is not of the form localhost:5000/<name>"),
        (OWN, "oss://images/../dockers", "the key has the segment '..'"),
        (OWN, "http://images/", "an address starts with 'oss://'"),
        (OWN, "oss://none/", "there is no registry, as nothing is below oss://none/docker/"),
    ],
)
def test_what_no_rule_has_seen_is_refused_by_the_attempt(
    docker: Docker, bench: Bench, image: str, place: str, words: str
) -> None:
    """The variables of a cluster are looked at by nobody before."""
    receipt = _run(bench, "a.1", container=image, registry=place)
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidDocker")
    assert words in receipt.error_message
    assert not any(call[0] in ("load", "pull", "run") for call in docker.calls)


def test_corrupt_image_is_not_loaded(docker: Docker, bench: Bench) -> None:
    store = _store(bench)
    data = layer(word=b"hello")
    store.image("dir/own", "1", layers=(data,))
    stored = COMPRESSIONS["gzip"](data)
    *start, last = stored
    digest = store.blob(stored)["digest"]
    store.blob(bytes([*start, last ^ 1]), digest)
    receipt = _run(bench, "a.1")
    assert receipt.error_message.endswith(f": {digest} is corrupt: it has another digest")
    assert _loads(docker) == 0
    assert not (bench.data_dir / "attempts" / "a.1" / "scratch" / "image.tar").exists()


def test_engine_that_refuses_an_image_is_quoted(docker: Docker, bench: Bench) -> None:
    _store(bench).image("dir/own", "1")
    docker.full = True
    receipt = _run(bench, "a.1")
    assert receipt.error_message.endswith(": the image cannot be loaded: no space left on device")


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("compression", list(COMPRESSIONS))
def test_podman_runs_every_kind_of_image(
    podman: Callable[..., str], bench: Bench, shell: bytes, kind: str, compression: str
) -> None:
    upper = layer(**{"word": f"{kind} {compression}\n".encode()})
    _store(bench).image(
        "dir/own",
        "1",
        # The same layer twice, as it happens in images of older tools.
        layers=(shell, upper, upper),
        kind=kind,
        compression=compression,
        config={"Env": ["WHO=image"]},
    )
    receipt = _run(bench, "a.1", 'cat /word; echo "$WHO"')
    assert (receipt.exit_code, receipt.error_message) == (0, "")
    assert bench.stdout("a.1") == f"{kind} {compression}\nimage\n"
    loaded = podman(
        "image", "inspect", "--format", "{{.Id}}", f"localhost/batchcompute:{_digest(bench)}"
    )
    assert loaded == _digest(bench)
    assert _run(bench, "a.2", "exit 7").exit_code == 7


def test_podman_refuses_layers_that_the_configuration_does_not_mean(
    podman: Callable[..., str], bench: Bench, shell: bytes
) -> None:
    """So nobody can put other files under the name of an image's configuration."""
    part = f"sha256:{'0' * 64}"
    rootfs = {"type": "layers", "diff_ids": [part]}
    _store(bench).image("dir/own", "1", layers=(shell,), rootfs=rootfs)
    receipt = _run(bench, "a.1")
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidDocker")
    assert "the image cannot be loaded: docker-archive: " in receipt.error_message
    assert "Digest did not match" in receipt.error_message


@pytest.fixture
def registry(bench: Bench, tmp_path: Path) -> Iterator[str]:
    """Have a real registry write into the object store; return its address."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    bench.objects.put_bytes(b"", f"{PLACE}made")
    folder = bench.objects.local_path(PLACE)
    settings = tmp_path / "registry.yml"
    settings.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}\n"
        # A port that it finds free itself, and names.
        "http:\n  addr: 127.0.0.1:0\n",
        encoding="utf-8",
    )
    log = tmp_path / "registry.log"
    with (
        log.open("wb") as words,
        subprocess.Popen([program, "serve", str(settings)], stdout=words, stderr=words) as process,
    ):
        try:
            wait_until(lambda: _LISTENING.search(log.read_text()) is not None, "it listens")
            found = _LISTENING.search(log.read_text())
            assert found is not None
            yield found[1]
        finally:
            process.kill()


@pytest.mark.parametrize("way", ["v2s2", "oci", "zstd", "list"])
def test_store_of_a_real_registry_is_read(
    podman: Callable[..., str], registry: str, bench: Bench, shell: bytes, tmp_path: Path, way: str
) -> None:
    tar = tmp_path / "shell.tar"
    tar.write_bytes(shell)
    # An image of its own for each, as one that is here would not be loaded.
    image = podman("import", "--quiet", "--change", f"ENV WHO={way}", str(tar), f"localhost/{way}")
    target = f"docker://{registry}/dir/own:1"
    push = ["push", "--tls-verify=false"]
    if way == "list":
        podman("manifest", "create", "several")
        podman("manifest", "add", "several", f"containers-storage:localhost/{way}")
        podman("manifest", *push, "--all", "several", target)
        podman("manifest", "rm", "several")
    elif way == "zstd":
        podman(*push, "--compression-format", "zstd", f"localhost/{way}", target)
    else:
        podman(*push, "--format", way, f"localhost/{way}", target)
    podman("rmi", "--force", image)
    receipt = _run(bench, "a.1", 'echo "$WHO"')
    assert (receipt.exit_code, receipt.error_message) == (0, "")
    assert bench.stdout("a.1") == f"{way}\n"
    podman("image", "exists", f"localhost/batchcompute:{image.removeprefix('sha256:')}")
