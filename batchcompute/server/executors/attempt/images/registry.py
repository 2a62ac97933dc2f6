"""Images in the store of a registry, read without the registry.

The layout is that of the CNCF's `distribution` (`docker/registry/v2/…`), the documents in it are
Docker's manifests (version 2, schema 2) and OCI's, and lists of them. Nothing in a store is
trusted: what was read is of the size and digest that was asked for, or there is an error.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from batchcompute.server.model.image_references import Reference
from batchcompute.server.objects import ObjectNotFoundError, ObjectStore, ObjectStoreError

_ROOT = "docker/registry/v2/"
_CHUNK = 4 << 20
# The limit that registries and engines have for manifests and configurations.
_LARGEST_DOCUMENT = 4 << 20
# A list of lists is legal, and nobody makes one; this many steps are followed.
_MOST_LISTS = 3
_MOST_NAMED = 10
_LONGEST_REASON = 1000
_LONGEST_LINK = 100
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

_DOCKER, _OCI = "application/vnd.docker.", "application/vnd.oci.image."
_LISTS = (f"{_DOCKER}distribution.manifest.list.v2+json", f"{_OCI}index.v1+json")
_MANIFESTS = (f"{_DOCKER}distribution.manifest.v2+json", f"{_OCI}manifest.v1+json")
_CONFIGS = (
    f"{_DOCKER}container.image.v1+json",
    f"{_OCI}config.v1+json",
    # Old engines pushed it without a type of its own.
    "application/octet-stream",
)
_LAYER = re.compile(
    rf"{re.escape(_DOCKER)}image\.rootfs\.(?P<foreign>foreign\.)?diff\.tar(\.gzip|\.zstd)?|"
    rf"{re.escape(_OCI)}layer\.(?P<restricted>nondistributable\.)?v1\.tar(\+gzip|\+zstd)?"
)

#: Name of a processor for this system -> its name for images, and the variants that it runs, best
#: first.
_MACHINES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "x86_64": ("amd64", ("", "v1")),
    "aarch64": ("arm64", ("v8", "")),
    "arm64": ("arm64", ("v8", "")),
    "armv7l": ("arm", ("v7", "v6", "v5", "")),
    "armv6l": ("arm", ("v6", "v5", "")),
    "i386": ("386", ("",)),
    "i686": ("386", ("",)),
    "loongarch64": ("loong64", ("",)),
}


class RegistryError(Exception):
    """The image is not in the store, or cannot be used; the message is a clause that says why."""

    def __init__(self, reason: str) -> None:
        """Say why.

        Args:
            reason: It may quote what was found, which can be of any length and no proper text.
        """
        super().__init__(reason.encode(errors="backslashreplace").decode()[:_LONGEST_REASON])


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of the store.

    Attributes:
        digest: `sha256:` and 64 hexadecimal digits.
        size: Its length in bytes.
        media_type: What it is said to be, or "".
    """

    digest: str
    size: int
    media_type: str

    @property
    def hexadecimal(self) -> str:
        """The digest without the name of its algorithm."""
        return self.digest.removeprefix("sha256:")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """The parts of an image.

    Attributes:
        config: Its configuration, whose digest stands for all of the image.
        layers: Tar files, compressed or not, the lowest first.
    """

    config: Blob
    layers: tuple[Blob, ...]


class Registry:
    """The store of one registry; every verb raises `RegistryError` with the reason."""

    def __init__(self, objects: ObjectStore, path: str) -> None:
        """Name a store; nothing is read yet.

        Args:
            objects: Where it lies.
            path: `oss://` address of the directory that holds it, with a slash at its end or not.
        """
        self._objects = objects
        self._root = f"{path.removesuffix('/')}/{_ROOT}"
        self._architecture, self._variants = _machine()

    def find(self, reference: Reference) -> StoredImage:
        """Look an image up, by its tag or digest, and for this machine if there are several.

        Args:
            reference: The image.

        Returns:
            What it is made of. Only manifests were read.
        """
        links = f"{self._repository(reference)}revisions/"
        digest = reference.digest or self._link(
            f"{self._repository(reference)}tags/{reference.tag}/current/link"
        )
        if not digest:
            raise RegistryError(self._absence(reference))
        size: int | None = None
        for _ in range(_MOST_LISTS):
            # A registry serves what is linked; the rest was deleted, or is of other repositories.
            if self._link(f"{links}{digest.replace(':', '/')}/link") != digest:
                raise RegistryError(self._absence(reference, digest))
            document = self._manifest(digest, size)
            if not _is_list(document):
                return _image(document)
            chosen = self._choose(document)
            digest, size = chosen.digest, chosen.size
        raise RegistryError("its manifest is a list of lists of lists")

    def read_config(self, image: StoredImage) -> bytes:
        """Read the configuration of an image, and see that it is for this machine.

        Args:
            image: The image.

        Returns:
            The configuration as it is stored.
        """
        data = self._read(image.config.digest, image.config.size)
        config = _object(data, "its configuration")
        system, architecture = config.get("os", "linux"), config.get("architecture")
        if system != "linux" or architecture not in (None, self._architecture):
            raise RegistryError(f"it is for {system}/{architecture}, not {self._wanted}")
        files = config.get("rootfs")
        parts = _list(cast("dict[str, Any]", files), "diff_ids") if isinstance(files, dict) else []
        # The engine looks at what is in them.
        if len(parts) != len(image.layers):
            raise RegistryError("its configuration does not have the layers of its manifest")
        return data

    def chunks(self, blob: Blob) -> Iterator[bytes]:
        """Read a file piece by piece.

        Args:
            blob: The file.

        Yields:
            Its pieces. It is to be believed when they have all come: a wrong digest is an error
            after the last.
        """
        address, size = self._address(blob.digest), self._size(blob.digest)
        if size != blob.size:
            raise RegistryError(f"{blob.digest} has {size} bytes, not {blob.size}")
        found = hashlib.sha256()
        for start in range(0, size, _CHUNK):
            try:
                data = self._objects.read_range(address, start, min(start + _CHUNK, size))
            except ObjectStoreError as error:
                raise RegistryError(str(error)) from error
            found.update(data)
            yield data
        if found.hexdigest() != blob.hexadecimal:
            raise RegistryError(f"{blob.digest} is corrupt: it has another digest")

    @property
    def _wanted(self) -> str:
        return f"linux/{self._architecture}"

    def _repository(self, reference: Reference) -> str:
        return f"{self._root}repositories/{reference.repository}/_manifests/"

    def _address(self, digest: str) -> str:
        algorithm, _, name = digest.partition(":")
        return f"{self._root}blobs/{algorithm}/{name[:2]}/{name}/data"

    def _size(self, digest: str) -> int:
        try:
            return self._objects.stat(self._address(digest)).size
        except ObjectNotFoundError:
            raise RegistryError(f"{digest}, a part of it, is missing in the registry") from None
        except ObjectStoreError as error:
            raise RegistryError(str(error)) from error

    def _manifest(self, digest: str, size: int | None) -> dict[str, Any]:
        # A link does not tell the size.
        data = self._read(digest, self._size(digest) if size is None else size)
        document = _object(data, f"the manifest {digest}")
        version = document.get("schemaVersion")
        if version == 1:
            raise RegistryError("its manifest is of schema 1, which is not supported; push it anew")
        if version != 2:
            raise RegistryError(f"the manifest {digest} is corrupt: it is of no known schema")
        return document

    def _read(self, digest: str, size: int) -> bytes:
        if size > _LARGEST_DOCUMENT:
            raise RegistryError(f"{digest} is too large for a manifest or configuration")
        return b"".join(self.chunks(Blob(digest, size, "")))

    def _choose(self, document: Mapping[str, Any]) -> Blob:
        """Return the manifest for this machine, of those in a list."""
        fitting: list[tuple[int, Blob]] = []
        others: list[str] = []
        for entry in _list(document, "manifests"):
            blob = _blob(entry)
            place = entry.get("platform")
            if not isinstance(place, dict):
                # Its configuration will tell.
                fitting.append((len(self._variants), blob))
                continue
            names = cast("Mapping[str, Any]", place)
            system, architecture = names.get("os"), names.get("architecture")
            variant = names.get("variant") or ""
            if f"{system}/{architecture}" == self._wanted and variant in self._variants:
                fitting.append((self._variants.index(variant), blob))
            elif system != "unknown":  # Statements about the others are listed so.
                others.append(f"{system}/{architecture}" + (f"/{variant}" if variant else ""))
        if not fitting:
            raise RegistryError(f"it is not there for {self._wanted}{_only(others)}")
        return min(fitting, key=lambda found: found[0])[1]

    def _link(self, address: str) -> str | None:
        """Return the digest that a link leads to, or None if there is no link."""
        try:
            text = self._objects.read_range(address, 0, _LONGEST_LINK)
        except ObjectNotFoundError:
            return None
        except ObjectStoreError as error:
            raise RegistryError(str(error)) from error
        digest = text.decode(errors="replace").strip()
        if not _DIGEST.fullmatch(digest):
            raise RegistryError(f"{address} is corrupt: there is no digest in it")
        return digest

    def _absence(self, reference: Reference, digest: str = "") -> str:
        """Say what it is that is not there, the tag or the manifest."""
        repository, name = self._repository(reference), f"the repository {reference.repository!r}"
        try:
            found = [info.address for info in self._objects.list_prefix(repository)]
            if not found and not self._objects.list_prefix(f"{self._root}repositories/"):
                return f"there is no registry, as nothing is below {self._root}"
        except ObjectStoreError as error:
            return str(error)
        if not found:
            return f"{name} does not exist"
        if digest:
            return f"{name} has no manifest {digest}"
        start, end = f"{repository}tags/", "/current/link"
        tags = [link[len(start) : -len(end)] for link in found if link.endswith(end)]
        return f"{name} has no tag {reference.tag!r}{_only(tags)}"


def _machine() -> tuple[str, tuple[str, ...]]:
    name = platform.machine()
    return _MACHINES.get(name, (name, ("",)))


def _is_list(document: Mapping[str, Any]) -> bool:
    kind = document.get("mediaType")
    if kind is None:
        # OCI lets it be left out.
        return "manifests" in document
    if kind not in (*_LISTS, *_MANIFESTS):
        raise RegistryError(f"its manifest is of an unknown type, {kind}")
    return kind in _LISTS


def _image(document: Mapping[str, Any]) -> StoredImage:
    config = _blob(document.get("config"))
    if config.media_type not in _CONFIGS:
        raise RegistryError(f"it is no image of a container, but {config.media_type}")
    layers = tuple(map(_blob, _list(document, "layers")))
    for layer in layers:
        kind = _LAYER.fullmatch(layer.media_type)
        if kind is None:
            raise RegistryError(f"it has a layer of an unknown type, {layer.media_type}")
        if kind["foreign"] or kind["restricted"]:
            raise RegistryError("it has a foreign layer, which registries do not store")
    return StoredImage(config, layers)


def _object(data: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{what} is corrupt: {error}") from error
    if not isinstance(found, dict):
        raise RegistryError(f"{what} is corrupt: it is no JSON object")
    return cast("dict[str, Any]", found)


def _list(document: Mapping[str, Any], member: str) -> list[dict[str, Any]]:
    found = document.get(member)
    if not isinstance(found, list):
        raise RegistryError(f"it is corrupt: there is no list of {member}")
    return cast("list[dict[str, Any]]", found)


def _blob(entry: object) -> Blob:
    """Read a descriptor, which may be any JSON."""
    if isinstance(entry, dict):
        members = cast("Mapping[str, Any]", entry)
        digest, size, kind = (members.get(name) for name in ("digest", "size", "mediaType"))
        if (
            isinstance(digest, str)
            and _DIGEST.fullmatch(digest)
            and type(size) is int
            and size >= 0
            and isinstance(kind, str)
        ):
            return Blob(digest, size, kind)
    raise RegistryError("its manifest is corrupt: a part has no type, size and sha256 digest")


def _only(names: list[str]) -> str:
    """Say what there is instead."""
    more = " and others" if len(names) > _MOST_NAMED else ""
    return f", only {', '.join(names[:_MOST_NAMED])}{more}" if names else ""
