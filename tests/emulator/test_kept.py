from __future__ import annotations

from pathlib import Path

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, echoes


def test_images_and_apps_outlive_the_service(tmp_path: Path) -> None:
    image = ""
    for _ in range(2):
        with LocalServer(tmp_path, boot_seconds=0) as server:
            wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
            if not image:
                image = wire.create("/images", {"EcsImageId": "m-1", "Platform": "Linux"})
                app = {"Name": "app", "CommandLine": "true", "VM": {"ECSImageId": image}}
                assert wire.send("POST", "/apps?IdempotentToken=kept", app).status_code == 201
                assert wire.send("PUT", "/apps/app", app).status_code == 200
            assert [each["Id"] for each in wire.get("/images")["Items"]] == [image]
            revisions = wire.get("/apps/app?Revisions=True")
            assert [each["Revision"] for each in revisions] == [0, 1]
            assert echoes(wire.get("/apps/app?Detail=True"), app)
            # The token is remembered as well.
            assert wire.send("POST", "/apps?IdempotentToken=kept", app).status_code == 201
            assert wire.get("/apps/app?Revisions=True") == revisions
            wire.close()
