"""Rules for the descriptions of Apps that no schema can state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from batchcompute.server.model.errors import invalid
from batchcompute.server.rules.catalogue.offered import check_image
from batchcompute.server.rules.images.description import Reference
from batchcompute.server.rules.jobs.commands import check_command_line, check_variables
from batchcompute.server.rules.jobs.containers import container_image
from batchcompute.server.rules.jobs.description import MAX_NUMBER

MAX_NAME = 1024

#: Settings of an App with the value that an absent one has.
SETTINGS: Final[Mapping[str, str | int]] = {
    "ResourceType": "OnDemand",
    "InstanceType": "",
    "InstanceCount": 1,
    "MinDiskSize": 40,
    "DiskType": "cloud_efficiency",
    "MinDataDiskSize": 0,
    "DataDiskType": "cloud_efficiency",
    "DataDiskMountPoint": "",
    "MaxRetryCount": 0,
    "Timeout": 86400,
}

#: The settings that count here, with the lowest value that means something.
_LOWEST: Final[Mapping[str, int]] = {"InstanceCount": 1, "MaxRetryCount": 0, "Timeout": 0}

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# The name becomes a variable, and stands in the command line as ${name}.
_PARAMETER = re.compile(r"[^=\0${}]+")


def check_app(description: Mapping[str, Any]) -> None:
    """Check an AppDescription that agrees with the specification.

    Raises:
        ApiError: A rule is broken; the message names the member.
    """
    # Jobs can name no longer one, and it has to fit into its column.
    if len(description["Name"]) > MAX_NAME:
        raise invalid("Name", f"Its length must be in [1, {MAX_NAME}].")
    _check_image(description)
    check_command_line(description["CommandLine"], "CommandLine")
    for member in ("InputParameters", "OutputParameters"):
        taken: set[str] = set()
        for name, parameter in description.get(member, {}).items():
            _check_parameter(name, parameter, member)
            local = parameter.get("LocalPath", "")
            # One of them would be lost.
            if local in taken:
                detail = f"{local!r} is the place of another parameter already."
                raise invalid("LocalPath", detail, f"{member}.{name}.LocalPath")
            taken |= {local} - {""}
    twice = description.get("InputParameters", {}).keys() & description.get("OutputParameters", {})
    if twice:
        # There can be one variable of a name.
        detail = f"{min(twice)} is the name of an input already."
        raise invalid("OutputParameters", detail, f"OutputParameters.{min(twice)}")
    check_variables(description.get("EnvVars", {}), "EnvVars")
    for name, setting in description.get("Config", {}).items():
        if name in SETTINGS and "Default" in setting:
            check_setting(name, setting["Default"], f"Config.{name}.Default")


def container_of(description: Mapping[str, Any]) -> tuple[str, str]:
    """Return the image that an App's program runs in, and where the caller keeps it.

    Args:
        description: The App.

    Returns:
        The image, and the `oss://` directory of its registry; each may be "".

    Raises:
        ApiError: It cannot be the name of an image, or not the address of a registry.
    """
    return container_image(
        description, "", description.get("Docker", {}).get("RegistryOSSPath", "")
    )


def images_of(description: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield the VM image of an App, if it has one."""
    if image := description.get("VM", {}).get("ECSImageId"):
        yield image, "VM.ECSImageId"


def check_setting(name: str, value: Any, path: str) -> None:
    """Check the value of a resource setting; those that change nothing here may be anything.

    Args:
        name: The setting.
        value: Its value, of the right type.
        path: Where it stands in the request.

    Raises:
        ApiError: It is out of range.
    """
    if name in _LOWEST and not _LOWEST[name] <= value <= MAX_NUMBER:
        detail = f"It must be in [{_LOWEST[name]}, {MAX_NUMBER}]."
        raise invalid(name, detail, path)


def matches(value: Any, kind: str) -> bool:
    """Say whether a value can be one of a parameter's declared type.

    Programs get it as text, so a number stands for its text, and the text of a number for it.
    """
    # JSON's true and false are no numbers, though Python's are.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    if not isinstance(value, str) or "\0" in value:
        return False
    return kind != "Number" or _NUMBER.fullmatch(value) is not None


def _check_image(description: Mapping[str, Any]) -> None:
    # Clients fill in both members and mean the one that has a content; with two, or none, nobody
    # can tell where the program is meant to run.
    images = list(images_of(description))
    if len(images) + bool(description.get("Docker", {}).get("Image")) != 1:
        detail = "Exactly one of Docker (with an Image) and VM (with an ECSImageId) must be given."
        raise invalid("VM", detail)
    for image_id, path in images:
        check_image(image_id, path)
    container_of(description)


def _check_parameter(name: str, parameter: Mapping[str, Any], member: str) -> None:
    path = f"{member}.{name}"
    if not _PARAMETER.fullmatch(name):
        detail = "The name of a parameter must not be empty and holds none of = $ { }."
        raise invalid(member, detail, path)
    kind = parameter.get("Type", "String")
    if kind not in ("String", "Number"):
        raise invalid("Type", "It must be one of String, Number.", f"{path}.Type")
    local = parameter.get("LocalPath", "")
    # Inputs and outputs are put into places of the file system, and addresses are no numbers.
    if local and (not local.startswith("/") or "\0" in local):
        raise invalid("LocalPath", f"{local!r} is not an absolute path.", f"{path}.LocalPath")
    if local and kind != "String":
        detail = "With a LocalPath the value is an address, so it must be String."
        raise invalid("Type", detail, f"{path}.Type")
    default = parameter.get("Default")
    # Outputs do not use it.
    if member == "InputParameters" and default is not None and not matches(default, kind):
        raise invalid("Default", f"Its type must be {kind}.", f"{path}.Default")
