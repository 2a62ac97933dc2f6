"""Stores of registries for tests: what a registry would have written, made by hand."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchcompute.server.objects import ObjectInfo, ObjectNotFoundError

DOCKER = "application/vnd.docker."
OCI = "application/vnd.oci.image."
#: Kinds of images -> types of their manifest, their configuration and their layers.
KINDS = {
    "schema2": (
        f"{DOCKER}distribution.manifest.v2+json",
        f"{DOCKER}container.image.v1+json",
        f"{DOCKER}image.rootfs.diff.tar",
        ".",
    ),
    "oci": (f"{OCI}manifest.v1+json", f"{OCI}config.v1+json", f"{OCI}layer.v1.tar", "+"),
}


class Memory:
    """The verbs of an object store that are needed to read a registry, and no more."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_bytes(self, data: bytes, address: str) -> bool:
        self.objects[address] = data
        return True

    def read_range(self, address: str, start: int = 0, end: int | None = None) -> bytes:
        return self._get(address)[start:end]

    def stat(self, address: str) -> ObjectInfo:
        return ObjectInfo(address, len(self._get(address)), 0.0)

    def list_prefix(self, prefix: str) -> list[ObjectInfo]:
        return [
            self.stat(address) for address in sorted(self.objects) if address.startswith(prefix)
        ]

    def _get(self, address: str) -> bytes:
        if address not in self.objects:
            raise ObjectNotFoundError(address, "there is no such object")
        return self.objects[address]


@dataclass
class StoreWriter:
    """Writes the files of a registry.

    Attributes:
        put: Writes an object.
        root: `oss://` address of its directory, with a slash at its end.
    """

    put: Callable[[bytes, str], object]
    root: str

    def blob(self, data: bytes, digest: str = "") -> dict[str, Any]:
        """Write content; return its size and digest, which may be a wrong one."""
        digest = digest or f"sha256:{hashlib.sha256(data).hexdigest()}"
        name = digest.partition(":")[2]
        self.put(data, f"{self._root}blobs/sha256/{name[:2]}/{name}/data")
        return {"digest": digest, "size": len(data)}

    def document(self, content: object) -> dict[str, Any]:
        return self.blob(json.dumps(content).encode())

    def manifest(self, repository: str, content: object, *tags: str) -> dict[str, Any]:
        """Write a manifest and the links to it."""
        blob = self.document(content)
        digest: str = blob["digest"]
        links = [f"revisions/sha256/{digest.partition(':')[2]}"]
        links += [f"tags/{tag}/current" for tag in tags]
        for link in links:
            self.link(f"{repository}/_manifests/{link}/link", digest)
        kind = content.get("mediaType", "") if isinstance(content, dict) else ""
        return {**blob, "mediaType": kind}

    def link(self, path: str, text: str) -> None:
        self.put(text.encode(), f"{self._root}repositories/{path}")

    def image(
        self,
        repository: str,
        *tags: str,
        layers: tuple[bytes, ...] = (),
        kind: str = "schema2",
        compression: str = "gzip",
        **config: Any,
    ) -> dict[str, Any]:
        """Write an image; return the descriptor of its manifest.

        Args:
            repository: Its repository.
            tags: Its tags.
            layers: Tar files, uncompressed.
            kind: See `KINDS`.
            compression: "gzip", "zstd" or "".
            config: Members of its configuration.
        """
        manifest_type, config_type, layer_type, sign = KINDS[kind]
        if compression:
            layer_type += sign + compression
        parts = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]
        settings = {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": parts},
            **config,
        }
        content = {
            "schemaVersion": 2,
            "mediaType": manifest_type,
            "config": {**self.document(settings), "mediaType": config_type},
            "layers": [
                {**self.blob(COMPRESSIONS[compression](layer)), "mediaType": layer_type}
                for layer in layers
            ],
        }
        return self.manifest(repository, content, *tags)

    @property
    def _root(self) -> str:
        return f"{self.root}docker/registry/v2/"


def layer(**files: bytes) -> bytes:
    """Return a tar of files."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return data.getvalue()


def busybox_layer(busybox: Path) -> bytes:
    """Return a tar with a shell."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "cat", "sleep"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return data.getvalue()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def _zstd(data: bytes) -> bytes:
    """Return a frame of RFC 8878 with blocks that are not compressed."""
    most = 1 << 17
    blocks = [data[start : start + most] for start in range(0, len(data), most)]
    # Magic number; a single segment, whose size has four bytes.
    frame = [b"\x28\xb5\x2f\xfd\xa0", struct.pack("<I", len(data))]
    for number, block in enumerate(blocks, 1):
        header = len(block) << 3 | (number == len(blocks))
        frame += [header.to_bytes(3, "little"), block]
    return b"".join(frame)


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {"gzip": _gzip, "zstd": _zstd, "": bytes}
