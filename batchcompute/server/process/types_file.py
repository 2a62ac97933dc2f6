"""The tables `[types]` and `[machine]` of the configuration file: what VMs take, and of what.

[types."own.gpu"]
processors = 4
memory = "16 GiB"
devices = { gpu = 1 }

[machine]
memory = "60 GiB"
devices = { gpu = ["0", "1"] }
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from batchcompute.server.model.resources import (
    GPU,
    InstanceTypes,
    Machine,
    Placement,
    Resources,
    this_machine,
)
from batchcompute.server.process.config_file import ConfigFile, hint

#: Name of the table with the instance types.
TYPES: Final = "types"
#: Name of the table with what VMs may take of this machine.
MACHINE: Final = "machine"

_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)")
#: Bytes of each unit; those without an "i" are powers of ten.
_UNITS: Final = {
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMGT", 1)},
}
_MEBIBYTE: Final = 2**20
_TYPE_MEMBERS: Final = ("processors", "memory", "memory-mib", "gpus", "devices")
_MACHINE_MEMBERS: Final = ("processors", "memory", "margin", "processes", "devices", "cgroup")
_DEVICE = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_DEVICE_NAME = re.compile(r"[A-Za-z0-9._:-]+", re.ASCII)
_LARGEST = 1_000_000
#: A PiB, of which no machine has as much.
_MOST_MEBIBYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class OwnType:
    """An instance type, as the file has it.

    Attributes:
        processors: Processors; None if the file does not say.
        memory_mib: Memory, in MiB; None if the file does not say.
        devices: Kind of device -> number of them.
    """

    processors: float | None
    memory_mib: int | None
    devices: Mapping[str, int]

    @property
    def gpus(self) -> int:
        """How many GPUs there are."""
        return self.devices.get(GPU, 0)


class _Table:
    """One table of the file, which names the line of whatever is wrong in it."""

    def __init__(self, config: ConfigFile, path: tuple[str, ...], members: tuple[str, ...]) -> None:
        self._config = config
        self._path = path
        found: Any = config.tables
        for name in path:
            # Whoever asks for an inner table has found the outer one.
            found = cast("Mapping[str, Any]", found).get(name, {})
        if not isinstance(found, dict):
            raise config.mistake(path, "it is a table")
        self._values = cast("dict[str, Any]", found)
        for name in self._values:
            if name not in members:
                raise config.mistake((*path, name), f"there is no such value{hint(name, members)}")

    def get(self, name: str, read: Callable[[object], Any]) -> Any:
        """Return a value, read by a function that says what is wrong; None if it is not there."""
        if name not in self._values:
            return None
        try:
            return read(self._values[name])
        except ValueError as error:
            raise self._config.mistake((*self._path, name), str(error)) from None


def read_types(config: ConfigFile | None) -> InstanceTypes:
    """Return the instance types that a service knows, and what they may take of this machine.

    Args:
        config: The configuration file, if there is one.

    Raises:
        ConfigError: A value is wrong; the error names its line.
    """
    if config is None:
        return InstanceTypes()
    machine = _machine(config)
    default = Placement(InstanceTypes(machine=machine)).default
    own = {
        name: Resources.of(
            default.processors if each.processors is None else each.processors,
            default.memory_mib if each.memory_mib is None else each.memory_mib,
            each.devices,
        )
        for name, each in own_types(config).items()
    }
    return InstanceTypes(own, machine)


def own_types(config: ConfigFile) -> dict[str, OwnType]:
    """Return the instance types of a configuration file, by their names.

    Raises:
        ConfigError: A value is wrong; the error names its line.
    """
    found: dict[str, OwnType] = {}
    for name in config.tables.get(TYPES, {}):
        table = _Table(config, (TYPES, name), _TYPE_MEMBERS)
        devices: dict[str, int] = table.get("devices", _numbers) or {}
        gpus = table.get("gpus", _number)
        if gpus is not None:
            if GPU in devices:
                raise config.mistake((TYPES, name, "gpus"), f"devices names {GPU} already")
            devices = {**devices, GPU: gpus}
        memory = table.get("memory", _mebibytes)
        if memory is None:
            memory = table.get("memory-mib", _mebibytes)
        found[name] = OwnType(table.get("processors", _processors), memory, devices)
    return found


def _machine(config: ConfigFile) -> Machine:
    table = _Table(config, (MACHINE,), _MACHINE_MEMBERS)
    processes = table.get("processes", _positive)
    machine = this_machine(
        processors=table.get("processors", _processors),
        memory_mib=table.get("memory", _mebibytes),
        margin_mib=table.get("margin", lambda value: _mebibytes(value, least=0)),
        devices=table.get("devices", _names),
        cgroup=table.get("cgroup", _text) or "",
    )
    if processes is None:
        return machine
    return Machine(machine.offered, machine.memory_mib, machine.devices, processes, machine.cgroup)


def _processors(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number of processors, such as 4 or 0.5")
    if not 0.001 <= value <= _LARGEST:
        raise ValueError("must be a number of processors above 0, such as 4 or 0.5")
    return float(value)


def _mebibytes(value: object, least: int = 1) -> int:
    """Read a size: a number of MiB, or a text with a unit."""
    if isinstance(value, int) and not isinstance(value, bool):
        size = value
    else:
        match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None or match["unit"] not in _UNITS:
            raise ValueError(
                f'must be a number of MiB, or a text such as "8 GiB"; units are {", ".join(_UNITS)}'
            )
        exact = float(match["number"]) * _UNITS[match["unit"]] / _MEBIBYTE
        size = int(min(exact, _MOST_MEBIBYTES + 1))
    if size < least:
        raise ValueError(f"it is {least} MiB or more")
    if size > _MOST_MEBIBYTES:
        raise ValueError(f"it is {_MOST_MEBIBYTES} MiB at the most")
    return size


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise ValueError("must be a whole number of 0 or more")
    return value


def _positive(value: object) -> int:
    if not _number(value):
        raise ValueError("must be a whole number of 1 or more")
    return _number(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("it is a text")
    return value


def _numbers(value: object) -> dict[str, int]:
    return {kind: _number(number) for kind, number in _kinds(value).items()}


def _names(value: object) -> dict[str, tuple[str, ...]]:
    """Read devices: for each kind their names, or how many there are, named 0, 1, …."""
    return {kind: _device_names(kind, given) for kind, given in _kinds(value).items()}


def _device_names(kind: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return tuple(map(str, range(_number(value))))
    names: list[str] = []
    for each in cast("list[object]", value):
        if isinstance(each, bool) or not isinstance(each, str | int):
            raise ValueError(f"{kind}: a list of names, or a number")
        if not _DEVICE_NAME.fullmatch(str(each)):
            raise ValueError(
                f"{kind}: {each!r} is not a name of letters, digits, '.', '_', ':', '-'"
            )
        names.append(str(each))
    if len(set(names)) < len(names):
        raise ValueError(f"{kind}: a device is named twice")
    return tuple(names)


def _kinds(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("it is a table, such as { gpu = 1 }")
    kinds = cast("dict[str, object]", value)
    for kind in kinds:
        if not _DEVICE.fullmatch(kind):
            raise ValueError(f"{kind!r} is not a kind of device: letters, digits and '_'")
    return kinds
