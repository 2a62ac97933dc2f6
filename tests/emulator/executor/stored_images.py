"""Images that a registry in the caller's storage has, and programs in them."""

from __future__ import annotations

from typing import Any

from batchcompute.server.executors.interface import Receipt
from tests.emulator.executor.conftest import Bench
from tests.registry_store import StoreWriter

OWN, PLACE = "localhost:5000/dir/own:1", "oss://images/dockers/"


def store(bench: Bench) -> StoreWriter:
    """Return what writes images into the registry."""
    return StoreWriter(bench.objects.put_bytes, PLACE)


def run(bench: Bench, name: str, command: str = "true", **more: Any) -> Receipt:
    """Run a program in its image."""
    return bench.run(name, command, **{"container": OWN, "registry": PLACE, **more})


def digest(bench: Bench, repository: str = "dir/own", tag: str = "1") -> str:
    """Return the digest of an image's configuration, as the store has it."""
    root = f"{PLACE}docker/registry/v2/"
    link = f"{root}repositories/{repository}/_manifests/tags/{tag}/current/link"
    name = bench.objects.read_range(link).decode().partition(":")[2]
    manifest = bench.objects.read_range(f"{root}blobs/sha256/{name[:2]}/{name}/data").decode()
    return manifest.partition('"config"')[2].partition("sha256:")[2][:64]
