"""Images for containers: what the engine has, what it can pull, what the caller's storage holds."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.images.archive import write_archive
from batchcompute.server.executors.attempt.images.commands import call, last_words
from batchcompute.server.executors.attempt.images.registry import (
    Registry,
    RegistryError,
    StoredImage,
)
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model.environment import REGISTRY_VARIABLE
from batchcompute.server.model.image_references import Reference
from batchcompute.server.objects import ObjectStore

#: What images of the caller's storage are called here; the tag is the digest of the configuration,
#: which covers all that is in an image. So equal names of different registries do not meet.
_LOADED = "localhost/batchcompute"


def get_pulled(engine: str, image: str) -> str:
    """Have the engine fetch an image, if it is not on this machine.

    Args:
        engine: Path of docker or podman.
        image: Name of the image.

    Returns:
        What to run.

    Raises:
        AttemptFailure: It cannot be had.
    """
    if image.startswith("-"):
        # One from the variables of a cluster is looked at by nobody before.
        raise image_failure(image, "this is an option, and not the name of an image")
    if not _has(engine, image):
        pulled = call([engine, "pull", "--quiet", image])
        if pulled.returncode != 0:
            raise image_failure(image, f"the image cannot be had: {last_words(pulled)}")
    return image


def get_stored(
    engine: str, attempt: Attempt, objects: ObjectStore, archive: Path, lock: Path
) -> str:
    """Load an image from the registry in the caller's storage, if the engine does not have it.

    Args:
        engine: Path of docker or podman.
        attempt: Whose image and registry it is.
        objects: Where the registry lies.
        archive: Where the image may lie while it is loaded.
        lock: A file by which attempts on this machine wait for each other.

    Returns:
        What to run. It does not depend on what the image is called in its registry.

    Raises:
        AttemptFailure: It cannot be had.
        OSError: The archive cannot be written.
    """
    try:
        reference = Reference.parse(attempt.container)
    except ValueError as error:
        raise _registry_failure(attempt, str(error)) from error
    registry = Registry(objects, attempt.registry)
    try:
        image = registry.find(reference)
        with _locked(lock, image):
            return _find_loaded(engine, image) or _load(engine, registry, image, archive)
    except RegistryError as error:
        raise _registry_failure(attempt, str(error)) from error


def image_failure(image: str, cause: object) -> AttemptFailure:
    """Say that the image is the reason why the attempt fails."""
    return AttemptFailure.of_field("Docker", image, cause)


def _registry_failure(attempt: Attempt, cause: object) -> AttemptFailure:
    by_variable = attempt.environment.get(REGISTRY_VARIABLE) == attempt.registry
    field = f"EnvVars.{REGISTRY_VARIABLE}" if by_variable else "Docker.RegistryOSSPath"
    return image_failure(f"{attempt.container} ({field} {attempt.registry})", cause)


def _name(image: StoredImage) -> str:
    return f"{_LOADED}:{image.config.hexadecimal}"


def _find_loaded(engine: str, image: StoredImage) -> str:
    """Return the name or id by which the engine has an image, or "" if it does not have it."""
    # The digest of the configuration is its id, except in docker's newer kind of storage; so it may
    # be here without having been loaded by us.
    known = (_name(image), image.config.digest)
    return next((each for each in known if _has(engine, each)), "")


def _load(engine: str, registry: Registry, image: StoredImage, archive: Path) -> str:
    archive.parent.mkdir(exist_ok=True)
    try:
        write_archive(registry, image, _name(image), archive)
        loaded = call([engine, "load", "--quiet", "--input", str(archive)])
    finally:
        # As large as the image, while the program may run for long.
        archive.unlink(missing_ok=True)
    if loaded.returncode != 0:
        # Podman tries all kinds of archives, and ends with one that this is not.
        about = (line for line in loaded.stderr.splitlines() if "docker-archive:" in line)
        words = next(about, "").strip(" *") or last_words(loaded)
        raise RegistryError(f"the image cannot be loaded: {words}")
    return _name(image)


def _has(engine: str, image: str) -> bool:
    return call([engine, "image", "inspect", image]).returncode == 0


@contextmanager
def _locked(path: Path, image: StoredImage) -> Generator[None]:
    """Have the other attempts with the same image wait: one that loads it is enough."""
    # Of one file, each image has a byte, so that nothing is left behind by those that are gone.
    place = int(image.config.hexadecimal[:15], 16)
    with path.open("ab") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 1, place)
        yield
