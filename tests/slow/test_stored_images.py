"""Programs in images of a registry in the caller's storage, by podman."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from tests.emulator.executor.conftest import (
    Bench,
    bench,
    own_bench,
    podman,
    podman_settings,
    wait_until,
)
from tests.emulator.executor.stored_images import PLACE, digest, run, store
from tests.registry_store import COMPRESSIONS, KINDS, busybox_layer, layer

__all__ = ["bench", "own_bench", "podman", "podman_settings"]

_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


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


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("compression", list(COMPRESSIONS))
def test_podman_runs_every_kind_of_image(
    podman: Callable[..., str], bench: Bench, shell: bytes, kind: str, compression: str
) -> None:
    upper = layer(**{"word": f"{kind} {compression}\n".encode()})
    store(bench).image(
        "dir/own",
        "1",
        # The same layer twice, as it happens in images of older tools.
        layers=(shell, upper, upper),
        kind=kind,
        compression=compression,
        config={"Env": ["WHO=image"]},
    )
    receipt = run(bench, "a.1", 'cat /word; echo "$WHO"')
    assert (receipt.exit_code, receipt.error_message) == (0, "")
    assert bench.stdout("a.1") == f"{kind} {compression}\nimage\n"
    loaded = podman(
        "image", "inspect", "--format", "{{.Id}}", f"localhost/batchcompute:{digest(bench)}"
    )
    assert loaded == digest(bench)
    assert run(bench, "a.2", "exit 7").exit_code == 7


def test_podman_refuses_layers_that_the_configuration_does_not_mean(
    podman: Callable[..., str], bench: Bench, shell: bytes
) -> None:
    """So nobody can put other files under the name of an image's configuration."""
    part = f"sha256:{'0' * 64}"
    rootfs = {"type": "layers", "diff_ids": [part]}
    store(bench).image("dir/own", "1", layers=(shell,), rootfs=rootfs)
    receipt = run(bench, "a.1")
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
    receipt = run(bench, "a.1", 'echo "$WHO"')
    assert (receipt.exit_code, receipt.error_message) == (0, "")
    assert bench.stdout("a.1") == f"{way}\n"
    podman("image", "exists", f"localhost/batchcompute:{image.removeprefix('sha256:')}")
