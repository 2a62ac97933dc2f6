"""Rules for clusters that no schema can state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchcompute.server.model.errors import invalid, missing
from batchcompute.server.rules.catalogue.offered import check_image
from batchcompute.server.rules.images.description import Reference
from batchcompute.server.rules.jobs.commands import check_variables
from batchcompute.server.rules.jobs.containers import container_image
from batchcompute.server.rules.jobs.mappings import (
    Place,
    check_pair,
    check_places,
    input_places,
)
from batchcompute.server.rules.names import check_name

#: Members of an express connection; with one of them, three are mandatory.
_EXPRESS = (
    "ExpressConnectSpec",
    "OppositeRegionId",
    "OppositeAccessPointId",
    "OppositeRouterType",
    "OppositeRouterId",
    "OppositeInterfaceId",
)
_EXPRESS_REQUIRED = ("OppositeRouterId", "OppositeAccessPointId", "OppositeRegionId")


def check_cluster(description: Mapping[str, Any]) -> None:
    """Check a ClusterDescription that agrees with the specification.

    Raises:
        ApiError: A rule is broken; the message names the member.
    """
    if not description["ImageId"]:
        raise missing("ImageId")
    check_image(description["ImageId"], "ImageId")
    for name, group in description["Groups"].items():
        check_name(name, f"Groups.{name}", f"Groups.{name}")
        if group.get("ImageId"):
            check_image(group["ImageId"], f"Groups.{name}.ImageId")
    _check_variables(description)
    check_configs(description.get("Configs", {}), "Configs")


def images_of(description: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield the images that a description of a cluster, or of a change to one, names."""
    if description.get("ImageId"):
        yield description["ImageId"], "ImageId"
    for name, group in description.get("Groups", {}).items():
        if group.get("ImageId"):
            yield group["ImageId"], f"Groups.{name}.ImageId"


def check_change(change: Mapping[str, Any]) -> dict[str, Any]:
    """Check a ModifyClusterDescription that agrees with the specification.

    Args:
        change: The description.

    Returns:
        The description without its empty texts, as these count as not given.

    Raises:
        ApiError: A rule is broken, or there is nothing to change.
    """
    change = _without_empty_texts(change)
    members = ("Groups", "ImageId", "UserData", "EnvVars", "InputMapping")
    mounts = "Mounts" in change.get("Configs", {})
    if not mounts and not any(member in change for member in members):
        raise missing("Groups")
    if "ImageId" in change:
        check_image(change["ImageId"], "ImageId")
    groups: dict[str, dict[str, Any]] = change.get("Groups", {})
    _check_variables(change)
    check_places(input_places(change.get("InputMapping", {}), "InputMapping"))
    _check_mounts(change.get("Configs", {}), "Configs")
    return {**change, "Groups": {name: _without_empty_texts(groups[name]) for name in groups}}


def check_configs(configs: Mapping[str, Any], path: str) -> None:
    """Check the networks and mounts of a cluster.

    Nothing is made of disks and networks here, so whatever they say is fine, except for what the
    API's documentation lists as errors of its own: an express connection without its far end.

    Args:
        configs: A Configs object.
        path: Where it stands in the request.

    Raises:
        ApiError: A rule is broken.
    """
    vpc = configs.get("Networks", {}).get("VPC", {})
    place = f"{path}.Networks.VPC"
    if any(vpc.get(member) for member in _EXPRESS):
        for member in _EXPRESS_REQUIRED:
            if not vpc.get(member):
                raise missing(_code(f"{place}.{member}"), f"{place}.{member}")
    _check_mounts(configs, path)


def _check_variables(description: Mapping[str, Any]) -> None:
    variables = description.get("EnvVars", {})
    check_variables(variables, "EnvVars")
    container_image({"EnvVars": variables}, "")


def _without_empty_texts(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value != ""}


def _check_mounts(configs: Mapping[str, Any], path: str) -> None:
    places: list[Place] = []
    for number, entry in enumerate(configs.get("Mounts", {}).get("Entries", [])):
        place = f"{path}.Mounts.Entries.{number}"
        source, local = entry.get("Source", ""), entry.get("Destination", "")
        if source.startswith("oss://"):
            check_pair(source, local, _code(place), place)
            places.append((local, source, _code(place), place))
        elif "\0" in source:
            raise invalid(_code(place), f"{source!r} is not an address.", place)
    check_places(places)


def _code(path: str) -> str:
    return path[path.index("Configs") :]
