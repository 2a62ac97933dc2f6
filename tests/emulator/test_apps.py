from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.wire import Wire, echoes

EXAMPLES = Path(__file__).parents[2] / "spec" / "examples"
DESCRIPTION = {"Name": "app", "CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}}


@pytest.fixture(autouse=True)
def _no_apps_left(wire: Wire) -> Iterator[None]:
    yield
    for app in wire.get("/apps")["Items"]:
        assert wire.send("DELETE", f"/apps/{app['Name']}").status_code == 204


def create(wire: Wire, query: str = "", **members: Any) -> str:
    response = wire.send("POST", f"/apps{query}", {**DESCRIPTION, **members})
    assert response.status_code == 201, response.text
    assert list(response.json()) == ["Name"]
    name: str = response.json()["Name"]
    return name


def modify(wire: Wire, name: str = "app", **members: Any) -> None:
    response = wire.send("PUT", f"/apps/{name}", {**DESCRIPTION, "Name": name, **members})
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("example", ["create-app", "create-app-python-sdk", "modify-app-docker"])
def test_documented_app_is_echoed_without_its_nulls(wire: Wire, example: str) -> None:
    sent = json.loads((EXAMPLES / f"{example}.request.json").read_text())
    name = create(wire, **{"VM": {}, **sent})
    for parameters in (sent["InputParameters"], sent["OutputParameters"]):
        for parameter in parameters.values():
            if parameter["Default"] is None:
                del parameter["Default"]
    shown = wire.get(f"/apps/{name}?Detail=True&Qualifier")
    assert shown == {**shown, **sent}


def test_public_face_is_as_documented(wire: Wire) -> None:
    create(wire, **json.loads((EXAMPLES / "create-app.request.json").read_text()))
    expected = json.loads((EXAMPLES / "get-app.response.json").read_text())
    shown = wire.get("/apps/test-copy?Scope")
    changed = {"CreationTime": shown["CreationTime"], "OwnerId": shown["OwnerId"]}
    assert shown == {**expected, **changed}
    assert wire.get("/apps?Scope=Private") == {"NextMarker": "", "Items": [shown]}


def test_no_app_is_public(wire: Wire) -> None:
    create(wire)
    assert wire.get("/apps?Scope=Public") == {"NextMarker": "", "Items": []}
    assert wire.refused("GET", "/apps/app?Scope=Public")[:2] == (404, "InvalidResource.NotFound")


def test_apps_have_pages_in_the_order_of_their_names(wire: Wire) -> None:
    for name in ("c", "a", "b"):
        create(wire, Name=name)
    page = wire.get("/apps?MaxItemCount=2")
    assert ([app["Name"] for app in page["Items"]], page["NextMarker"]) == (["a", "b"], "c")
    page = wire.get("/apps?MaxItemCount=2&Marker=c")
    assert ([app["Name"] for app in page["Items"]], page["NextMarker"]) == (["c"], "")


def test_name_is_taken_once(wire: Wire) -> None:
    create(wire)
    refusal = wire.refused("POST", "/apps", DESCRIPTION)
    assert refusal[:2] == (403, "InvalidResource.AlreadyExisting")


def test_token_creates_once(wire: Wire) -> None:
    assert create(wire, "?IdempotentToken=app_1") == create(wire, "?IdempotentToken=app_1") == "app"
    assert len(wire.get("/apps/app?Revisions=True")) == 1
    other = {**DESCRIPTION, "CommandLine": "false"}
    refusal = wire.refused("POST", "/apps?IdempotentToken=app_1", other)
    assert refusal[:2] == (400, "IdempotentTokenMismatch")


def test_every_change_is_a_revision(wire: Wire) -> None:
    create(wire)
    modify(wire, CommandLine="one")
    modify(wire, CommandLine="one", Description="two")
    revisions = wire.get("/apps/app?Revisions=True")
    assert [each["Revision"] for each in revisions] == [0, 1, 2]
    assert revisions[0]["UpdateTime"] < revisions[1]["UpdateTime"] < revisions[2]["UpdateTime"]
    assert echoes(wire.get("/apps/app?Detail=True&Qualifier=0"), DESCRIPTION)
    assert wire.get("/apps/app?Detail=True&Qualifier=1")["CommandLine"] == "one"
    assert wire.get("/apps/app?Detail=True")["Description"] == "two"
    assert wire.get("/apps/app")["Description"] == "two"
    assert wire.get("/apps/app")["CreationTime"] == revisions[0]["UpdateTime"]


def test_deleted_revision_is_gone_and_its_number_is_not_used_again(wire: Wire) -> None:
    create(wire)
    modify(wire, CommandLine="one")
    assert wire.send("DELETE", "/apps/app?Qualifier=1").status_code == 204
    assert wire.get("/apps/app?Detail=True")["CommandLine"] == "true"
    modify(wire, CommandLine="two")
    assert [each["Revision"] for each in wire.get("/apps/app?Revisions=True")] == [0, 2]
    assert wire.refused("GET", "/apps/app?Detail=True&Qualifier=1")[0] == 404
    assert wire.refused("DELETE", "/apps/app?Qualifier=1")[0] == 404


def test_app_goes_with_its_last_revision(wire: Wire) -> None:
    create(wire)
    assert wire.send("DELETE", "/apps/app?Qualifier=0").status_code == 204
    assert wire.refused("GET", "/apps/app")[0] == 404


def test_deleted_app_is_unknown_and_its_name_is_free(wire: Wire) -> None:
    create(wire)
    modify(wire)
    assert wire.send("DELETE", "/apps/app?Qualifier").status_code == 204
    for method, target in (
        ("GET", "/apps/app"),
        ("GET", "/apps/app?Detail=True"),
        ("GET", "/apps/app?Revisions=True"),
        ("DELETE", "/apps/app"),
    ):
        assert wire.refused(method, target)[:2] == (404, "InvalidResource.NotFound")
    assert wire.refused("PUT", "/apps/app", DESCRIPTION)[0] == 404
    create(wire)
    assert [each["Revision"] for each in wire.get("/apps/app?Revisions=True")] == [0]


@pytest.mark.parametrize("qualifier", ["7", "latest", "-1", "99999999999999999999"])
def test_unknown_revision(wire: Wire, qualifier: str) -> None:
    create(wire)
    target = f"/apps/app?Detail=True&Qualifier={qualifier}"
    assert wire.refused("GET", target)[:2] == (404, "InvalidResource.NotFound")


def test_name_of_a_change_is_that_of_the_path(wire: Wire) -> None:
    create(wire)
    other = {**DESCRIPTION, "Name": "other"}
    assert wire.refused("PUT", "/apps/app", other)[:2] == (400, "InvalidName")


@pytest.mark.parametrize("image", ["img-f5tcaqrmrllg4sjgngo00m", "m-28ptv7mvl"])
def test_image_is_a_name(wire: Wire, image: str) -> None:
    create(wire, VM={"ECSImageId": image})
    other = {**DESCRIPTION, "Name": "second", "VM": {"ECSImageId": "ubuntu"}}
    assert wire.refused("POST", "/apps", other)[:2] == (400, "InvalidECSImageId")
