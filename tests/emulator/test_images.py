from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

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


def test_deleted_image_is_unknown(wire: Wire, image: str, cluster: str) -> None:
    assert wire.send("DELETE", f"/images/{image}").status_code == 204
    assert wire.refused("GET", f"/images/{image}")[0] == 404
    assert wire.refused("DELETE", f"/images/{image}")[:2] == (404, "InvalidResource.NotFound")
    group = {"g": {"DesiredVMCount": 0}}
    described = {"Name": "c", "ImageId": image, "Groups": group}
    assert wire.refused("POST", "/clusters", described)[:2] == (400, "InvalidImageId")
    change = {"ImageId": image}
    assert wire.refused("PUT", f"/clusters/{cluster}", change)[:2] == (400, "InvalidImageId")
    dag = {"Tasks": {"t": task("true", AutoCluster={"ImageId": image})}}
    job = {"Name": "j", "Type": "DAG", "DAG": dag}
    assert wire.refused("POST", "/jobs", job)[:2] == (400, "InvalidImageId")


def test_image_for_windows_cannot_be_run_on(wire: Wire) -> None:
    image = wire.create("/images", {**DESCRIPTION, "Platform": "Windows"})
    described = {"Name": "c", "ImageId": image, "Groups": {"g": {"DesiredVMCount": 0}}}
    status, code, message = wire.refused("POST", "/clusters", described)
    assert (status, code) == (400, "InvalidImageId")
    assert "Linux only" in message
    wire.send("DELETE", f"/images/{image}")


def test_images_of_the_system_stay(wire: Wire) -> None:
    assert wire.refused("DELETE", "/images/img-ubuntu")[:2] == (403, "Forbidden")
    assert wire.get("/images/img-ubuntu")["Type"] == "System"
