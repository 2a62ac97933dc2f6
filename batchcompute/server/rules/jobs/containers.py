"""Rules for the images that programs are to run in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchcompute.server.model.environment import DOCKER_VARIABLE, REGISTRY_VARIABLE
from batchcompute.server.model.errors import invalid
from batchcompute.server.model.image_references import Reference, is_image_name, may_be_stored
from batchcompute.server.rules.jobs.mappings import check_oss

#: Those that name an image and its registry.
_VARIABLES = (DOCKER_VARIABLE, REGISTRY_VARIABLE)


def container_image(command: Mapping[str, Any], path: str, registry: str = "") -> tuple[str, str]:
    """Return the image that a command, an App or a cluster wants, and where the caller keeps it.

    Args:
        command: What may have the members `Docker` and `EnvVars`.
        path: Where it stands, to put before the name of a member.
        registry: `Docker.RegistryOSSPath` of an App; commands have none.

    Returns:
        The image, and the `oss://` directory of its registry; each may be "".

    Raises:
        ApiError: It cannot be the name of an image, or not the address of a registry.
    """
    docker, variables = command.get("Docker", {}), command.get("EnvVars", {})
    if not docker and not variables:
        return "", ""
    for parent, names, image, address in (
        ("Docker", ("Image", "RegistryOSSPath"), docker.get("Image"), registry),
        ("EnvVars", _VARIABLES, *map(variables.get, _VARIABLES)),
    ):
        if image:
            member, place = (f"{path}{parent}.{name}" for name in names)
            if not is_image_name(image):
                raise invalid(parent, f"{image!r} is not the name of an image.", member)
            if address:
                check_oss(address, parent, place)
            # Another registry's name says where the image is; ours adds nothing to that.
            if not address or not may_be_stored(image):
                return str(image), ""
            try:
                Reference.parse(image)
            except ValueError as error:
                raise invalid(parent, f"{error}.", member) from error
            return str(image), str(address)
    return "", ""
