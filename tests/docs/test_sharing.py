"""Every command of docs/sharing.md works, in the order in which the page has them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from batchcompute.server import LocalServer
from tests.emulator.sharing.people import key_in, keys
from tests.emulator.wire import Wire

_PAGE = (Path(__file__).parents[2] / "docs" / "sharing.md").read_text(encoding="utf-8")
_PROGRAM = "python -m batchcompute.server keys "


def test_commands_of_the_page_work(tmp_path: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", _PAGE, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    commands = [re.sub(r'^\$ (eval "\$\()?', "", line).removesuffix(')"') for line in lines]
    made: dict[str, tuple[str, str]] = {}
    there: dict[str, str] = {}
    with LocalServer(tmp_path, boot_seconds=0) as server:
        for command in commands:
            assert command.startswith(_PROGRAM), command
            words = [there.get(word, word) for word in shlex.split(command.removeprefix(_PROGRAM))]
            if words[0] == "grant" and not there:
                there = _make_what_is_granted(server, made["alice"])
                words = [there.get(word, word) for word in words]
            printed = keys(tmp_path, *words)
            if words[0] in ("add", "rotate"):
                made[words[1]] = key_in(printed)
        for name, owner in (("alice", 2), ("bob", 3)):
            wire = Wire(server.endpoint, *made[name])
            assert wire.get(f"/clusters/{wire.cluster(0)}")["OwnerId"] == owner
            wire.close()


def _make_what_is_granted(server: LocalServer, key: tuple[str, str]) -> dict[str, str]:
    """Make what the page grants; return the ids of it, by those on the page."""
    for bucket in ("lab-data", "lab-results"):
        server.write_object(f"oss://{bucket}/words", b"words")
    wire = Wire(server.endpoint, *key)
    app = {"Name": "align", "CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}}
    assert wire.send("POST", "/apps", app).status_code == 201
    image = {"EcsImageId": "m-1", "Platform": "Linux", "Name": "image"}
    made = {"cls-0example": wire.cluster(0), "img-0example": wire.create("/images", image)}
    wire.close()
    return made
