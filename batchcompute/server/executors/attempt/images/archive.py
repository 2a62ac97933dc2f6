"""Writing an image as the archive that `docker load` and `podman load` take.

It is the one of `docker save`: a `manifest.json` beside the configuration and the layers. Layers go
into it as they are; the engines unpack them, and compare what they get with the configuration.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from batchcompute.server.executors.attempt.images.registry import Blob, Registry, StoredImage


def write_archive(registry: Registry, image: StoredImage, name: str, target: Path) -> None:
    """Write an archive with one image, of which a few MiB are in memory at a time.

    Args:
        registry: Where the image comes from.
        image: The image.
        name: Name and tag that it gets when it is loaded.
        target: A new file. After an error it is incomplete.

    Raises:
        RegistryError: A part is missing or corrupt, or the image is not for this machine.
        OSError: The archive cannot be written.
    """
    config = registry.read_config(image)
    settings = f"{image.config.hexadecimal}.json"
    paths = [_layer_path(layer) for layer in image.layers]
    index = json.dumps([{"Config": settings, "RepoTags": [name], "Layers": paths}]).encode()
    with target.open("xb") as file:
        _write_member(file, settings, len(config), [config])
        _write_member(file, "manifest.json", len(index), [index])
        # Some images have an empty layer several times.
        for layer in dict.fromkeys(image.layers):
            _write_member(file, _layer_path(layer), layer.size, registry.chunks(layer))
        file.write(tarfile.NUL * 2 * tarfile.BLOCKSIZE)


def _layer_path(layer: Blob) -> str:
    return f"{layer.hexadecimal}.tar"


def _write_member(file: BinaryIO, path: str, size: int, chunks: Iterable[bytes]) -> None:
    # Not by `addfile`, which wants a file to read from.
    member = tarfile.TarInfo(path)
    member.size = size
    file.write(member.tobuf())
    for chunk in chunks:
        file.write(chunk)
    file.write(tarfile.NUL * (-size % tarfile.BLOCKSIZE))
