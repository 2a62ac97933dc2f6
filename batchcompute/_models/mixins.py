"""Behaviour of resource classes that no schema can state.

The specification names these classes (`x-mixin`, `x-identity`), and the generated models inherit
from them. They know property names, and nothing of clients or requests.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from batchcompute._models.dependencies import dependency_problem
from batchcompute._models.identity import Identified as Identified
from batchcompute._models.moments import Created as Created
from batchcompute._models.moments import Timed as Timed
from batchcompute._models.moments import Updated as Updated
from batchcompute._models.values import NO_DEFAULT, as_built_in

if TYPE_CHECKING:
    from batchcompute._generated.api import models


class LocalId:
    """Lets `description["Id"] = …` be a local note: readable, and never sent."""

    __slots__: tuple[str, ...] = ()

    _note_keys: ClassVar[frozenset[str]] = frozenset({"Id"})


class OwnerAlias:
    """The account of a job under both of its names, `OwnerId` and `Owner`.

    The service sends and the documentation has the first; old programs know the second.
    """

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        OwnerId: int

    @classmethod
    def _decode(cls, content: Mapping[str, Any]) -> Any:
        if "Owner" in content and "OwnerId" not in content:
            content = {**content, "OwnerId": content["Owner"]}
        return super()._decode(content)  # type: ignore[misc]  # of Model

    def _compose(self, content: Mapping[str, Any], how: int) -> None:
        self._fill(super()._compose, content, how)  # type: ignore[misc]  # of Model

    def _merge(self, content: Mapping[str, Any], how: int = 0) -> None:
        self._fill(super()._merge, content, how)  # type: ignore[misc]  # of Model

    def _fill(self, fill: Callable[..., None], content: Mapping[str, Any], *arguments: Any) -> None:
        """Fill the object with the content, and what it has as `Owner` into `OwnerId`."""
        if "Owner" not in content:
            fill(content, *arguments)
            return
        owner = _owner(type(self).__name__, content["Owner"])
        fill({key: value for key, value in content.items() if key != "Owner"}, *arguments)
        if content.get("OwnerId") is None:
            # Not by way of the content: old programs have text here, which OwnerId does not take.
            _field(self, "OwnerId").put(self, owner)

    @property
    def Owner(self) -> int:
        """Account that owns the job: the same as `OwnerId`."""
        return self.OwnerId

    def __getitem__(self, key: str) -> Any:
        return super().__getitem__("OwnerId" if key == "Owner" else key)  # type: ignore[misc]

    def get(self, key: str, default: Any = NO_DEFAULT) -> Any:
        """Return a property that is set, or the default."""
        return super().get("OwnerId" if key == "Owner" else key, default)  # type: ignore[misc]


class BlankKeeps:
    """An empty text leaves these properties as they are, instead of emptying them."""

    __slots__: tuple[str, ...] = ()

    _blank_keeps: ClassVar[frozenset[str]] = frozenset({"InstanceType", "Type", "MountPoint"})


class TaskMap:
    """The tasks of a DAG, by name."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        Tasks: dict[str, models.TaskDescription]
        Dependencies: dict[str, list[str]]

    def add_task(
        self, task_name: str, task: models.TaskDescription | Mapping[str, Any] | str
    ) -> None:
        """Store a copy of a task under a name, replacing what was there.

        Args:
            task_name: Letters, digits, "-" and "_"; not starting with a digit.
            task: The task, as an object, a dict or JSON text.

        Raises:
            TypeError: The name is no text, or the task no task.
        """
        _put(self, "Tasks", _name(task_name, "task_name"), task)

    def get_task(self, task_name: str) -> models.TaskDescription:
        """Return the stored task itself; changes to it take effect.

        Raises:
            KeyError: There is no such task.
        """
        return self.Tasks[task_name]

    def delete_task(self, task_name: str) -> None:
        """Remove a task; an unknown name is no error."""
        self.Tasks.pop(task_name, None)

    def add_dependency(self, task_name: str, *, after: str | Iterable[str]) -> None:
        """Let a task start only after others have finished.

        The tasks may be added later; `validate(strict=True)` finds names that no task has.

        Args:
            task_name: The task that waits.
            after: The task it waits for, or several.

        Raises:
            TypeError: A name is not a string, or is empty.
        """
        _name(task_name, "task_name")
        given: Any = after
        if isinstance(given, str) or not isinstance(given, Iterable):
            given = (given,)
        for source in [_name(source, "after") for source in cast("Iterable[object]", given)]:
            followers = self.Dependencies.setdefault(source, [])
            if task_name not in followers:
                followers.append(task_name)

    def _own_problem(self) -> str | None:
        return dependency_problem(self.Tasks, self.Dependencies)


class GroupMap:
    """The groups of a cluster description, by name."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        Groups: dict[str, Any]

    def add_group(self, group_name: str, group: Any) -> None:
        """Store a copy of a group under a name, replacing what was there.

        Args:
            group_name: Letters, digits, "-" and "_"; not starting with a digit.
            group: The group, as an object, a dict or JSON text.

        Raises:
            TypeError: The name is no text, or the group no group.
        """
        _put(self, "Groups", _name(group_name, "group_name"), group)

    def get_group(self, group_name: str) -> Any:
        """Return the stored group itself; changes to it take effect.

        Raises:
            KeyError: There is no such group.
        """
        return self.Groups[group_name]

    def delete_group(self, group_name: str) -> None:
        """Remove a group; an unknown name is no error."""
        self.Groups.pop(group_name, None)


class GroupLookup:
    """The groups of a cluster's state, by name."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        Groups: dict[str, models.Group]

    def get_group(self, group_name: str) -> models.Group:
        """Return the state of a group.

        Raises:
            KeyError: There is no such group.
        """
        return self.Groups[group_name]


class OutputLookup:
    """The outputs of an app run, by name."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        Outputs: dict[str, Any]

    def get_output(self, name: str) -> Any:
        """Return an output.

        Raises:
            KeyError: There is no such output.
        """
        return self.Outputs[name]


class DiskSetup:
    """Shortcuts for the disks and the network of a `Configs`."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        Disks: models.Disks
        Networks: models.Networks

    def add_system_disk(self, size: float, type_: str = "cloud") -> None:
        """Set the system disk.

        Args:
            size: In GB.
            type_: Disk type, for example `cloud_efficiency`.
        """
        _check_disk(size, type_)
        self.Disks.SystemDisk = cast("Any", {"Size": size, "Type": type_})

    def add_data_disk(self, size: float, type_: str = "cloud", mount_point: str = "") -> None:
        """Set the data disk.

        Args:
            size: In GB.
            type_: Disk type; it must be the system disk's.
            mount_point: Linux directory, or Windows drive such as `E:`.
        """
        _check_disk(size, type_)
        self.Disks.DataDisk = cast("Any", {"Size": size, "Type": type_, "MountPoint": mount_point})

    def set_networks_type(self, classicnetworks: bool = False) -> None:
        """Choose the classic network, or a VPC (with the default address range if none is set)."""
        networks = self.Networks
        if classicnetworks:
            del networks["VPC"]
        elif not len(networks.VPC):
            networks.VPC = cast("Any", {"CidrBlock": "192.168.0.0/16"})

    def set_classic_netWorks(self) -> None:  # the documented spelling
        """Choose the classic network."""
        self.set_networks_type(True)


class EntryList:
    """The mount entries of a `Mounts`."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        Entries: list[models.MountEntry]

    def add_entry(self, entry: models.MountEntry | Mapping[str, Any] | str) -> None:
        """Append a copy of an entry, given as an object, a dict or JSON text."""
        self.Entries.append(cast("models.MountEntry", copy.copy(entry)))


class InputOutput:
    """The inputs and outputs of an app job, by name."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        Inputs: dict[str, Any]
        Outputs: dict[str, Any]

    def add_input(self, name: str, value: Any) -> None:
        """Set an input to a text or a number.

        Raises:
            RuntimeError: The value is neither.
        """
        _check_value(name, value)
        self.Inputs[name] = value

    def get_input(self, name: str) -> Any:
        """Return an input.

        Raises:
            KeyError: There is no such input.
        """
        return self.Inputs[name]

    def delete_input(self, name: str) -> None:
        """Remove an input; an unknown name is no error."""
        self.Inputs.pop(name, None)

    def add_output(self, name: str, value: Any) -> None:
        """Say where an output goes.

        Raises:
            RuntimeError: The value is neither text nor a number.
        """
        _check_value(name, value)
        self.Outputs[name] = value

    def get_output(self, name: str) -> Any:
        """Return where an output goes.

        Raises:
            KeyError: There is no such output.
        """
        return self.Outputs[name]

    def delete_output(self, name: str) -> None:
        """Remove an output; an unknown name is no error."""
        self.Outputs.pop(name, None)


class SettingSetup:
    """One method per setting of an app's `Config`; each stores value, overwritability and text."""

    __slots__: tuple[str, ...] = ()

    def set_resource_type(
        self, value: str, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default resource type, such as `OnDemand`."""
        _set(self, "ResourceType", value, overwritable, description)

    def set_instance_type(
        self, value: str, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default VM type."""
        _set(self, "InstanceType", value, overwritable, description)

    def set_instance_count(
        self, value: int, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default number of instances."""
        _set(self, "InstanceCount", value, overwritable, description)

    def set_min_disk_size(
        self, value: int, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default size of the system disk, in GB."""
        _set(self, "MinDiskSize", value, overwritable, description)

    def set_disk_type(self, value: str, overwritable: bool = True, description: str = "") -> None:
        """Set the default type of the system disk."""
        _set(self, "DiskType", value, overwritable, description)

    def set_min_data_disk_size(
        self, value: int, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default size of the data disk, in GB."""
        _set(self, "MinDataDiskSize", value, overwritable, description)

    def set_data_disk_type(
        self, value: str, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default type of the data disk."""
        _set(self, "DataDiskType", value, overwritable, description)

    def set_data_disk_mount_point(
        self, value: str, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default mount point of the data disk."""
        _set(self, "DataDiskMountPoint", value, overwritable, description)

    def set_max_retry_count(
        self, value: int, overwritable: bool = True, description: str = ""
    ) -> None:
        """Set the default number of retries per instance."""
        _set(self, "MaxRetryCount", value, overwritable, description)

    def set_timeout(self, value: int, overwritable: bool = True, description: str = "") -> None:
        """Set the default longest run of an instance, in seconds."""
        _set(self, "Timeout", value, overwritable, description)


class AppSetup(SettingSetup):
    """The parameters of an app by name, and the setters of its `Config`."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        InputParameters: dict[str, models.Parameter]
        OutputParameters: dict[str, models.Parameter]

    def add_input_parameter(self, name: str, params: Any) -> None:
        """Store a copy of an input parameter, given as an object, a dict or JSON text."""
        _put(self, "InputParameters", _name(name, "name"), params)

    def get_input_parameter(self, name: str) -> models.Parameter:
        """Return the stored input parameter itself.

        Raises:
            KeyError: There is no such parameter.
        """
        return self.InputParameters[name]

    def delete_input_parameter(self, name: str) -> None:
        """Remove an input parameter; an unknown name is no error."""
        self.InputParameters.pop(name, None)

    def add_output_parameter(self, name: str, params: Any) -> None:
        """Store a copy of an output parameter, given as an object, a dict or JSON text."""
        _put(self, "OutputParameters", _name(name, "name"), params)

    def get_output_parameter(self, name: str) -> models.Parameter:
        """Return the stored output parameter itself.

        Raises:
            KeyError: There is no such parameter.
        """
        return self.OutputParameters[name]

    #: The name as old programs know it.
    get_outpu_parameter = get_output_parameter

    def delete_output_parameter(self, name: str) -> None:
        """Remove an output parameter; an unknown name is no error."""
        self.OutputParameters.pop(name, None)


def _name(name: object, argument: str) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(f"{argument} must be a non-empty text, not {name!r}")
    return name


def _put(owner: Any, field: str, name: str, value: Any) -> None:
    """Store a checked copy of a value in a map of models."""
    getattr(owner, field)[name] = _field(owner, field).kind.item.coerce(value)


def _field(owner: Any, name: str) -> Any:
    return owner._fields[name]


def _owner(cls: str, value: object) -> object:
    if value is not None and (not isinstance(value, str | int) or isinstance(value, bool)):
        found = type(value).__name__
        raise TypeError(f"{cls}: Owner must be a string or an integer, not {found}")
    return value


def _check_disk(size: object, type_: object) -> None:
    if not isinstance(as_built_in(size), int | float) or isinstance(size, bool):
        raise AssertionError(f"size must be a number of GB, not {size!r}")
    if not isinstance(type_, str):
        raise AssertionError(f"type_ must be a text, not {type_!r}")


def _check_value(name: str, value: object) -> None:
    if value is not None and (not isinstance(value, str | bytes | int | float)):
        raise RuntimeError(f"{name} must be a text or a number, not {type(value).__name__}")


def _set(owner: Any, name: str, value: Any, overwritable: bool, description: str) -> None:
    config = owner if name in owner._fields else owner.Config
    setattr(
        config,
        name,
        {"Default": value, "Overwritable": overwritable, "Description": description},
    )
