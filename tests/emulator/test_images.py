from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.model.errors import StartError
from tests.emulator.executor.engines import IMAGE, made_up_docker
from tests.emulator.wire import Wire, task

DESCRIPTION = {"Name": "own", "EcsImageId": "m-28ptv7mvl", "Platform": "Linux"}


@pytest.fixture
def image(wire: Wire) -> Iterator[str]:
    """A registered image, gone after the test."""
    made = wire.create("/images", DESCRIPTION)
    yield made
    wire.send("DELETE", f"/images/{made}")


def test_registered_image_is_shown(wire: Wire, image: str) -> None:
    shown = wire.get(f"/images/{image}")
    assert shown.pop("CreationTime").endswith("Z")
    expected = {**DESCRIPTION, "Id": image, "Description": "", "Type": "Self", "OwnerId": 1}
    assert shown == expected


@pytest.mark.parametrize("query", ["", "?Type", "?Type=Self", "?Type=Other"])
def test_own_images_are_listed_unless_told_otherwise(wire: Wire, image: str, query: str) -> None:
    assert [each["Id"] for each in wire.get(f"/images{query}")["Items"]] == [image]


def test_own_images_are_not_among_those_of_the_system(wire: Wire, image: str) -> None:
    assert image not in [each["Id"] for each in wire.get("/images?Type=System")["Items"]]


def test_own_images_have_pages(wire: Wire, image: str) -> None:
    second = wire.create("/images", DESCRIPTION)
    page = wire.get("/images?MaxItemCount=1")
    assert ([each["Id"] for each in page["Items"]], page["NextMarker"]) == ([image], second)
    page = wire.get(f"/images?Marker={second}")
    assert ([each["Id"] for each in page["Items"]], page["NextMarker"]) == ([second], "")
    assert wire.send("DELETE", f"/images/{second}").status_code == 204


def test_token_registers_once_wherever_it_stands(wire: Wire) -> None:
    first = wire.create("/images?IdempotentToken=image_1", DESCRIPTION)
    assert wire.create("/images?IdempotentToken=image_1", DESCRIPTION) == first
    described = {**DESCRIPTION, "IdempotentToken": "image_2"}
    second = wire.create("/images", described)
    assert wire.create("/images", described) == second != first
    other = {**DESCRIPTION, "Name": "other"}
    refusal = wire.refused("POST", "/images?IdempotentToken=image_1", other)
    assert refusal[:2] == (400, "IdempotentTokenMismatch")
    for made in (first, second):
        assert wire.send("DELETE", f"/images/{made}").status_code == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"EcsImageId": None}, "MissingEcsImageId"),
        ({"EcsImageId": "ubuntu"}, "InvalidEcsImageId"),
        ({"Platform": None}, "MissingPlatform"),
        ({"Platform": "Plan9"}, "InvalidPlatform"),
        ({"Name": "9"}, "InvalidName"),
        ({"IdempotentToken": "x" * 129}, "InvalidIdempotentToken"),
    ],
)
def test_refused_registration(wire: Wire, change: dict[str, Any], code: str) -> None:
    assert wire.refused("POST", "/images", {**DESCRIPTION, **change})[:2] == (400, code)


def test_programs_run_on_a_registered_image(wire: Wire, image: str) -> None:
    cluster = wire.cluster(ImageId=image)
    on_cluster = wire.job({"t": task("true", cluster)})
    own = wire.job({"t": task("true", AutoCluster={"ImageId": image})})
    assert wire.ended(on_cluster)["State"] == "Finished"
    assert wire.ended(own)["State"] == "Finished"
    wire.send("DELETE", f"/clusters/{cluster}")


def test_deleted_image_is_unknown_and_still_a_name(wire: Wire, image: str, cluster: str) -> None:
    assert wire.send("DELETE", f"/images/{image}").status_code == 204
    assert wire.refused("GET", f"/images/{image}")[0] == 404
    assert wire.refused("DELETE", f"/images/{image}")[:2] == (404, "InvalidResource.NotFound")
    assert wire.send("PUT", f"/clusters/{cluster}", {"ImageId": image}).status_code == 200
    job = wire.job({"t": task("true", AutoCluster={"ImageId": image})})
    assert wire.ended(job)["State"] == "Finished"


def test_logs_say_where_programs_of_an_image_run(wire: Wire) -> None:
    foreign = "img-f5tcaqrmrllg4sjgngo00m"
    groups = {"one": {"DesiredVMCount": 0}, "two": {"DesiredVMCount": 0, "ImageId": "m-28ptv7mvl"}}
    cluster = wire.cluster(ImageId=foreign, Groups=groups)
    wire.send("PUT", f"/clusters/{cluster}", {"ImageId": "img-other"})
    said = "Image {} is a name here: programs run on the system of this machine"
    logs = wire.get(f"/clusters/{cluster}")["OperationLogs"]
    for image in (foreign, "m-28ptv7mvl", "img-other"):
        assert len([line for line in logs if line.endswith(said.format(image))]) == 1
    wire.send("DELETE", f"/clusters/{cluster}")


def test_image_for_windows_cannot_be_run_on(wire: Wire) -> None:
    registered = wire.create("/images", {**DESCRIPTION, "Platform": "Windows"})
    for image in (registered, "img-windows-vpc"):
        described = {"Name": "c", "ImageId": image, "Groups": {"g": {"DesiredVMCount": 0}}}
        status, code, message = wire.refused("POST", "/clusters", described)
        assert (status, code) == (400, "InvalidImageId")
        assert "Linux only" in message
    wire.send("DELETE", f"/images/{registered}")


def test_images_of_the_system_stay(wire: Wire) -> None:
    assert wire.refused("DELETE", "/images/img-ubuntu")[:2] == (403, "Forbidden")
    assert wire.get("/images/img-ubuntu")["Type"] == "System"


def test_image_may_stand_for_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of one VM image run in a container, and those of all others outside."""
    with made_up_docker(tmp_path / "bin") as docker:
        docker.images.add(IMAGE)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        images = {"img-mine": IMAGE}
        with LocalServer(tmp_path / "data", boot_seconds=0, slots=2, images=images) as server:
            wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
            cluster = wire.cluster(ImageId="img-mine")
            logs = wire.get(f"/clusters/{cluster}")["OperationLogs"]
            said = f"]Image img-mine stands for the container image {IMAGE}"
            assert len([line for line in logs if line.endswith(said)]) == 1
            jobs = [
                wire.job({"t": task("exit 3", cluster)}),
                wire.job({"t": task("exit 4", AutoCluster={"ImageId": "img-other"})}),
            ]
            ended = [wire.ended(job) and wire.instances(job, "t")[0] for job in jobs]
            wire.close()
    assert [each["Result"]["ExitCode"] for each in ended] == [3, 4]
    (run,) = docker.runs()
    assert IMAGE in run


def test_image_cannot_stand_for_a_container_without_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The agent looks for them, in a process of its own.
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(StartError, match=r"image img-mine .* neither docker nor podman works"),
        LocalServer(tmp_path, images={"img-mine": IMAGE}),
    ):
        pass


@pytest.mark.parametrize("images", [{"ubuntu": "ubuntu"}, {"img-a": ""}, {"img-a": "--rm"}])
def test_stand_in_of_another_form_is_refused(images: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is not the "):
        LocalServer(images=images)
