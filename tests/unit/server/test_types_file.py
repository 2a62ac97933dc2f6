"""The tables `[types]` and `[machine]`: what they say, and mistakes named with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchcompute.server.commands.main import run
from batchcompute.server.model.resources import InstanceTypes, Resources
from batchcompute.server.process.config_file import ConfigError, read_config
from batchcompute.server.process.types_file import read_types


def _file(folder: Path, text: str) -> Path:
    path = folder / "service.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _read(folder: Path, text: str) -> InstanceTypes:
    return read_types(read_config(_file(folder, text), ("types", "machine")))


def test_own_types_stand_beside_those_of_the_vendor(tmp_path: Path) -> None:
    types = _read(
        tmp_path,
        '[types.tiny]\nprocessors = 0.5\nmemory = "512 MiB"\n'
        '[types."own.gpu"]\nprocessors = 8\nmemory = 65536\ngpus = 2\ndevices = { fpga = 1 }\n'
        '[types."bcs.a2.large"]\nprocessors = 2\nmemory = "4GB"\n',
    )
    assert types.find("tiny") == Resources(0.5, 512)
    assert types.find("own.gpu") == Resources(8, 65536, (("fpga", 1), ("gpu", 2)))
    assert types.find("bcs.a2.large") == Resources(2, 3814)
    assert types.find("bcs.a2.xlarge") == Resources(8, 16384)
    assert types.find("nothing") is None


def test_machine_is_what_the_file_says(tmp_path: Path) -> None:
    machine = _read(
        tmp_path,
        '[machine]\nprocessors = 6\nmemory = "10 GiB"\nprocesses = 100\n'
        'devices = { gpu = ["0", 3], fpga = 2 }\ncgroup = "/sys/fs/cgroup/mine"\n',
    ).machine
    assert machine.offered == Resources(6, 10240, (("fpga", 2), ("gpu", 2)))
    assert machine.devices == {"gpu": ("0", "3"), "fpga": ("0", "1")}
    assert machine.processes == 100
    assert machine.cgroup == "/sys/fs/cgroup/mine"


def test_margin_is_left_to_the_system(tmp_path: Path) -> None:
    without = InstanceTypes().machine
    assert 0 < without.margin_mib < without.memory_mib
    machine = _read(tmp_path, "[machine]\nmargin = 100\n").machine
    assert machine.offered.memory_mib == machine.memory_mib - 100


@pytest.mark.parametrize(
    ("text", "line", "mistake"),
    [
        ("[types.a]\nprocessors = 0\nmemory = 1\n", 2, "types.a.processors: must be a number"),
        ("[types.a]\nprocessors = true\nmemory = 1\n", 2, "types.a.processors: must be a number"),
        ('[types.a]\nprocessors = 1\nmemory = "8"\n', 3, 'a text such as "8 GiB"'),
        ('[types.a]\nprocessors = 1\nmemory = "8 XB"\n', 3, "units are KiB"),
        ("[types.a]\nprocessors = 1\nmemory = 0\n", 3, "it is 1 MiB or more"),
        ("[types.a]\nprocessors = 1\nmemory = 1\nram = 2\n", 4, "types.a.ram: there is no such"),
        ("[types.a]\nprocessors = 1\nmemory = 1\ngpus = -1\n", 4, "whole number of 0 or more"),
        (
            "[types.a]\nprocessors = 1\nmemory = 1\ngpus = 1\ndevices = { gpu = 1 }\n",
            4,
            "devices names gpu already",
        ),
        ("[types]\na = 1\n", 2, "types.a: it is a table"),
        ("[machine]\nprocessors = 1\ncores = 2\n", 3, "machine.cores: there is no such value"),
        ("[machine]\ndevices = { gpu = [0, 0] }\n", 2, "a device is named twice"),
        ('[machine]\ndevices = { gpu = ["a b"] }\n', 2, "'a b' is not a name"),
        ('[machine]\ndevices = { "g-u" = 1 }\n', 2, "is not a kind of device"),
        ("[machine]\nprocesses = 0\n", 2, "whole number of 1 or more"),
    ],
)
def test_mistake_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, mistake: str
) -> None:
    path = _file(tmp_path, text)
    assert run(["config", "check", str(path)]) == 1
    said = capsys.readouterr().err
    assert f"{path}, line {line}: " in said
    assert mistake in said


@pytest.mark.parametrize("size", ['"' + "9" * 400 + ' GiB"', "1" * 30])
def test_size_that_no_machine_has_is_a_mistake(tmp_path: Path, size: str) -> None:
    with pytest.raises(ConfigError, match=r"line 3: .*MiB at the most"):
        _read(tmp_path, f"[types.big]\nprocessors = 1\nmemory = {size}\n")
