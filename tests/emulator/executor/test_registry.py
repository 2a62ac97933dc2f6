"""Programs in containers whose images come from a registry in the caller's storage."""

from __future__ import annotations

import threading
import time

import pytest

from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from tests.emulator.executor.conftest import PATIENCE, Bench
from tests.emulator.executor.engines import Docker
from tests.emulator.executor.stored_images import OWN, PLACE, digest, run, store
from tests.registry_store import COMPRESSIONS, StoreWriter, layer

pytestmark = pytest.mark.slow

VARIABLE = "BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH"


@pytest.fixture
def isolation() -> Isolation:
    """Of no account in a container."""
    return "process-group"


def _loads(docker: Docker) -> int:
    return sum(call[0] == "load" for call in docker.calls)


def test_image_is_loaded_once(docker: Docker, bench: Bench) -> None:
    store(bench).image("dir/own", "1", "again", layers=(layer(word=b"hello"),))
    assert run(bench, "a.1", "exit 3").exit_code == 3
    assert run(bench, "a.2", "exit 4", container="dir/own:again").exit_code == 4
    assert _loads(docker) == 1
    name = f"localhost/batchcompute:{digest(bench)}"
    for call in docker.runs():
        assert call[-3:] == [name, "-c", call[-1]]
        # The name is ours, and no registry is to be asked for it.
        assert call[call.index("--pull") + 1] == "never"
    assert not any(call[0] == "pull" for call in docker.calls)


def test_images_of_one_name_do_not_meet(docker: Docker, bench: Bench) -> None:
    other = "oss://others/registry"
    store(bench).image("dir/own", "1", author="one")
    StoreWriter(bench.objects.put_bytes, f"{other}/").image("dir/own", "1", author="other")
    for name, place in (("a.1", PLACE), ("a.2", other)):
        assert run(bench, name, registry=place).exit_code == 0
    first, second = (call[-3] for call in docker.runs())
    assert first != second
    assert _loads(docker) == 2


def test_image_that_the_engine_has_is_not_loaded(docker: Docker, bench: Bench) -> None:
    store(bench).image("dir/own", "1")
    docker.images.add(f"sha256:{digest(bench)}")
    assert run(bench, "a.1").exit_code == 0
    assert _loads(docker) == 0
    assert docker.runs()[0][-3] == f"sha256:{digest(bench)}"


def test_archive_is_gone_when_the_program_runs(docker: Docker, bench: Bench) -> None:
    store(bench).image("dir/own", "1", layers=(layer(word=b"hello"),))
    folder = bench.data_dir / "attempts" / "a.1"
    seen: list[bool] = []
    docker.loading = lambda tar: seen.append((folder / "scratch" / "image.tar").exists())
    assert run(bench, "a.1", f"test ! -e {folder}/scratch/image.tar").exit_code == 0
    assert seen == [True]


def test_attempts_at_once_load_it_once(docker: Docker, bench: Bench) -> None:
    store(bench).image("dir/own", "1")
    # Time for the others to come to the same point.
    docker.loading = lambda tar: time.sleep(0.5)
    names = [f"a.{number}" for number in range(4)]
    for number, name in enumerate(names):
        bench.start(name, "exit 3", container=OWN, registry=PLACE, worker_id=f"vm-{number}")
    assert [bench.events.receipt(name).exit_code for name in names] == [3] * 4
    assert _loads(docker) == 1


def test_stop_breaks_off_the_loading(docker: Docker, bench: Bench) -> None:
    store(bench).image("dir/own", "1")
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
    store(bench).image("dir/own", "2")
    environment = {VARIABLE: PLACE} if by_variable else {}
    receipt = run(bench, "a.1", environment=environment)
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
    receipt = run(bench, "a.1", container=image, registry=place)
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidDocker")
    assert words in receipt.error_message
    assert not any(call[0] in ("load", "pull", "run") for call in docker.calls)


def test_corrupt_image_is_not_loaded(docker: Docker, bench: Bench) -> None:
    images = store(bench)
    data = layer(word=b"hello")
    images.image("dir/own", "1", layers=(data,))
    stored = COMPRESSIONS["gzip"](data)
    *start, last = stored
    corrupt = images.blob(stored)["digest"]
    images.blob(bytes([*start, last ^ 1]), corrupt)
    receipt = run(bench, "a.1")
    assert receipt.error_message.endswith(f": {corrupt} is corrupt: it has another digest")
    assert _loads(docker) == 0
    assert not (bench.data_dir / "attempts" / "a.1" / "scratch" / "image.tar").exists()


def test_engine_that_refuses_an_image_is_quoted(docker: Docker, bench: Bench) -> None:
    store(bench).image("dir/own", "1")
    docker.full = True
    receipt = run(bench, "a.1")
    assert receipt.error_message.endswith(": the image cannot be loaded: no space left on device")
