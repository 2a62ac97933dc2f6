"""Images in the store of a registry: what is found, what is refused, what engines are given."""

from __future__ import annotations

import io
import json
import platform
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.executors.attempt.images import registry as registry_module
from batchcompute.server.executors.attempt.images.archive import write_archive
from batchcompute.server.executors.attempt.images.registry import (
    Registry,
    RegistryError,
    StoredImage,
)
from batchcompute.server.model.image_references import Reference
from batchcompute.server.objects import ObjectStore, open_store
from tests.registry_store import COMPRESSIONS, DOCKER, OCI, Memory, StoreWriter, layer

ROOT = "oss://bucket/dockers/"
LAYERS = (layer(a=b"lower"), layer(b=b"upper" * 1000))
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    _become("x86_64", monkeypatch)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def store(memory: Memory) -> StoreWriter:
    return StoreWriter(memory.put_bytes, ROOT)


def _become(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: name)


def _registry(memory: Memory) -> Registry:
    # Whatever else the reader called would fail.
    return Registry(cast("ObjectStore", memory), ROOT)


def _find(memory: Memory, image: str) -> StoredImage:
    return _registry(memory).find(Reference.parse(image))


def _read(memory: Memory, image: str) -> list[bytes]:
    """Read all of an image: its configuration and its layers."""
    registry = _registry(memory)
    found = registry.find(Reference.parse(image))
    layers = [b"".join(registry.chunks(each)) for each in found.layers]
    return [registry.read_config(found), *layers]


@pytest.mark.parametrize("kind", ["schema2", "oci"])
@pytest.mark.parametrize("compression", list(COMPRESSIONS))
def test_image_is_read_by_tag_and_digest(
    memory: Memory, store: StoreWriter, kind: str, compression: str
) -> None:
    made = store.image("a/b", "1", "latest", layers=LAYERS, kind=kind, compression=compression)
    expected = [COMPRESSIONS[compression](each) for each in LAYERS]
    for name in ("a/b", "localhost:5000/a/b:1", f"a/b@{made['digest']}", f"a/b:2@{made['digest']}"):
        assert _read(memory, name)[1:] == expected
    assert json.loads(_read(memory, "a/b")[0])["rootfs"]["type"] == "layers"


@pytest.mark.parametrize("root", ["oss://bucket", "oss://bucket/", "oss://bucket/dir"])
def test_address_needs_no_slash_at_its_end(root: str) -> None:
    memory = Memory()
    StoreWriter(memory.put_bytes, root.removesuffix("/") + "/").image("a", "latest")
    Registry(cast("ObjectStore", memory), root).find(Reference.parse("a"))


def test_store_may_be_a_folder(tmp_path: Path) -> None:
    objects = open_store(tmp_path)
    StoreWriter(objects.put_bytes, ROOT).image("a", "latest", layers=LAYERS)
    registry = Registry(objects, ROOT)
    image = registry.find(Reference.parse("a"))
    assert b"".join(registry.chunks(image.layers[0])) == COMPRESSIONS["gzip"](LAYERS[0])
    with pytest.raises(RegistryError, match="has no tag 'b', only latest"):
        registry.find(Reference.parse("a:b"))
    with pytest.raises(RegistryError, match="'c' does not exist"):
        registry.find(Reference.parse("c"))


def test_tag_moves_on(memory: Memory, store: StoreWriter) -> None:
    store.image("a", "1", layers=LAYERS[:1])
    store.image("a", "1", layers=LAYERS)
    assert len(_find(memory, "a:1").layers) == 2


def test_what_is_not_there_is_named(memory: Memory, store: StoreWriter) -> None:
    with pytest.raises(
        RegistryError, match="no registry, as nothing is below oss://bucket/dockers/d"
    ):
        _find(memory, "a")
    made = store.image("a", *(f"tag-{number:02}" for number in range(11)))
    with pytest.raises(
        RegistryError, match=r"'a' has no tag 'x', only tag-00, .*tag-09 and others$"
    ):
        _find(memory, "a:x")
    store.image("b")
    with pytest.raises(RegistryError, match=r"'b' has no tag 'latest'$"):
        _find(memory, "b")
    with pytest.raises(RegistryError, match=r"'c' does not exist$"):
        _find(memory, "c")
    # It is in the store, and not in this repository.
    store.image("c", "latest", author="other")
    with pytest.raises(RegistryError, match=f"'c' has no manifest {made['digest']}$"):
        _find(memory, f"c@{made['digest']}")


def test_deleted_manifest_is_not_served(memory: Memory, store: StoreWriter) -> None:
    made = store.image("a", "1")
    name = made["digest"].partition(":")[2]
    del memory.objects[
        f"{ROOT}docker/registry/v2/repositories/a/_manifests/revisions/sha256/{name}/link"
    ]
    with pytest.raises(RegistryError, match="'a' has no manifest sha256:"):
        _find(memory, "a:1")


def _list_of(
    store: StoreWriter, *platforms: dict[str, str] | None, kind: str = f"{OCI}index.v1+json"
) -> None:
    entries = []
    for place in platforms:
        described = store.image("a", layers=LAYERS[:1], author=str(place), **(place or {}))
        entries.append({**described, **({"platform": place} if place else {})})
    store.manifest("a", {"schemaVersion": 2, "mediaType": kind, "manifests": entries}, "latest")


def _place(text: str) -> dict[str, str]:
    return dict(zip(("os", "architecture", "variant"), text.split("/"), strict=False))


@pytest.mark.parametrize(
    "kind", [f"{OCI}index.v1+json", f"{DOCKER}distribution.manifest.list.v2+json"]
)
@pytest.mark.parametrize(
    ("machine_name", "places", "chosen"),
    [
        ("x86_64", ["windows/amd64", "linux/arm64", "linux/amd64"], "linux/amd64"),
        ("x86_64", ["linux/amd64/v3", "linux/amd64"], "linux/amd64"),
        ("aarch64", ["linux/amd64", "linux/arm64/v8", "unknown/unknown"], "linux/arm64/v8"),
        ("armv7l", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v6"], "linux/arm/v7"),
        ("armv6l", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v6"], "linux/arm/v6"),
        ("s390x", ["linux/amd64", "linux/s390x"], "linux/s390x"),
    ],
)
def test_list_has_one_for_this_machine(
    memory: Memory,
    store: StoreWriter,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    machine_name: str,
    places: list[str],
    chosen: str,
) -> None:
    _become(machine_name, monkeypatch)
    _list_of(store, *map(_place, places), kind=kind)
    assert json.loads(_read(memory, "a")[0])["author"] == str(_place(chosen))


def test_list_without_platforms_is_told_by_the_configuration(
    memory: Memory, store: StoreWriter
) -> None:
    _list_of(store, None)
    assert json.loads(_read(memory, "a")[0])["author"] == "None"


def test_image_for_another_machine_is_refused(memory: Memory, store: StoreWriter) -> None:
    _list_of(store, _place("linux/arm64/v8"), _place("unknown/unknown"), _place("windows/amd64"))
    words = "it is not there for linux/amd64, only linux/arm64/v8, windows/amd64$"
    with pytest.raises(RegistryError, match=words):
        _find(memory, "a")
    _list_of(store)
    with pytest.raises(RegistryError, match=r"it is not there for linux/amd64$"):
        _find(memory, "a")
    store.image("b", "arm", architecture="arm64")
    with pytest.raises(RegistryError, match=r"it is for linux/arm64, not linux/amd64$"):
        _read(memory, "b:arm")
    store.image("b", "windows", os="windows")
    with pytest.raises(RegistryError, match=r"it is for windows/amd64, not linux/amd64$"):
        _read(memory, "b:windows")


def _changed(store: StoreWriter, change: Change, kind: str = "schema2") -> None:
    """Give the image `a` a manifest that was changed."""
    memory = Memory()
    made = StoreWriter(memory.put_bytes, ROOT).image("a", layers=LAYERS, kind=kind)
    store.image("a", layers=LAYERS, kind=kind)
    (content,) = (
        json.loads(data)
        for address, data in memory.objects.items()
        if made["digest"][7:] in address and address.endswith("/data")
    )
    change(content)
    store.manifest("a", content, "latest")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda manifest: manifest.update(schemaVersion=1), "of schema 1, which is not supported"),
        (lambda manifest: manifest.update(schemaVersion=3), "it is of no known schema"),
        (lambda manifest: manifest.update(schemaVersion=[]), "it is of no known schema"),
        (
            lambda manifest: manifest.update(mediaType="text/plain"),
            "of an unknown type, text/plain",
        ),
        (lambda manifest: manifest.update(mediaType={}), "of an unknown type"),
        (lambda manifest: manifest.pop("config"), "has no type, size and sha256 digest"),
        (lambda manifest: manifest.pop("layers"), "there is no list of layers"),
        (lambda manifest: manifest.update(layers={}), "there is no list of layers"),
        (lambda manifest: manifest.update(layers=[1]), "has no type, size and sha256 digest"),
        (lambda manifest: manifest["layers"].pop(), "does not have the layers of its manifest"),
        (lambda manifest: manifest["config"].update(size="1"), "has no type, size and"),
        (lambda manifest: manifest["config"].update(size=True), "has no type, size and"),
        (lambda manifest: manifest["config"].update(size=-1), "has no type, size and"),
        (lambda manifest: manifest["config"].update(size=1), "has .* bytes, not 1$"),
        (lambda manifest: manifest["config"].update(size=2**40), "is too large for a manifest or"),
        (lambda manifest: manifest["config"].update(digest="../../x"), "has no type, size and"),
        (lambda manifest: manifest["config"].update(digest="sha256:" + "0" * 64), "is missing"),
        (lambda manifest: manifest["layers"][0].update(size=7), "has .* bytes, not 7$"),
        (lambda manifest: manifest["layers"][0].update(digest="sha256:" + "0" * 64), "is missing"),
        (lambda manifest: manifest["layers"][0].update(mediaType="x/y"), "unknown type, x/y$"),
        (
            lambda manifest: manifest["layers"][0].update(
                mediaType=f"{DOCKER}image.rootfs.foreign.diff.tar.gzip"
            ),
            "a foreign layer",
        ),
        (
            lambda manifest: manifest["layers"][0].update(
                mediaType=f"{OCI}layer.nondistributable.v1.tar+zstd"
            ),
            "a foreign layer",
        ),
        (
            lambda manifest: manifest["config"].update(mediaType="application/vnd.helm.chart"),
            "it is no image of a container, but application/vnd.helm.chart$",
        ),
    ],
)
def test_manifest_that_cannot_be_used_is_refused(
    memory: Memory, store: StoreWriter, change: Change, words: str
) -> None:
    _changed(store, change)
    with pytest.raises(RegistryError, match=words):
        _read(memory, "a")


def test_type_of_a_manifest_may_be_left_out(memory: Memory, store: StoreWriter) -> None:
    _changed(store, lambda manifest: manifest.pop("mediaType"), kind="oci")
    assert len(_read(memory, "a")) == 3
    _list_of(store, _place("linux/amd64"), kind="")
    index = {"schemaVersion": 2, "manifests": [store.image("a", layers=LAYERS, kind="oci")]}
    store.manifest("a", index, "latest")
    assert len(_read(memory, "a")) == 3


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_manifest_that_is_no_json_object_is_refused(
    memory: Memory, store: StoreWriter, data: bytes
) -> None:
    digest = store.blob(data)["digest"]
    for link in ("tags/latest/current", f"revisions/sha256/{digest[7:]}"):
        store.link(f"a/_manifests/{link}/link", digest)
    with pytest.raises(RegistryError, match=f"the manifest {digest} is corrupt"):
        _find(memory, "a")


@pytest.mark.parametrize("text", ["", "latest", "sha256:../..", "sha256:" + "0" * 64 + "/x"])
def test_link_that_leads_nowhere_is_refused(memory: Memory, store: StoreWriter, text: str) -> None:
    store.link("a/_manifests/tags/latest/current/link", text)
    with pytest.raises(RegistryError, match="/current/link is corrupt: there is no digest in it"):
        _find(memory, "a")


def test_lists_of_lists_end(memory: Memory, store: StoreWriter) -> None:
    inner = store.image("a", layers=LAYERS)
    for depth in range(3):
        content = {"schemaVersion": 2, "mediaType": f"{OCI}index.v1+json", "manifests": [inner]}
        inner = store.manifest("a", content, f"depth-{depth}")
    assert len(_read(memory, "a:depth-1")) == 3
    with pytest.raises(RegistryError, match="a list of lists of lists"):
        _find(memory, "a:depth-2")


def test_reason_is_short_and_proper_text(memory: Memory, store: StoreWriter) -> None:
    _changed(store, lambda manifest: manifest.update(mediaType="\ud800" * 100_000))
    with pytest.raises(RegistryError, match="unknown type") as caught:
        _find(memory, "a")
    assert len(str(caught.value).encode()) <= 1000


@pytest.mark.parametrize("place", [0, 1, 2])
def test_changed_content_is_noticed(memory: Memory, store: StoreWriter, place: int) -> None:
    """Of the same size, so that nothing but the digest tells."""
    store.image("a", "latest", layers=LAYERS)
    image = _find(memory, "a")
    blob = (image.config, *image.layers)[place]
    (address,) = (each for each in memory.objects if each.endswith(f"{blob.hexadecimal}/data"))
    *start, last = memory.objects[address]
    memory.objects[address] = bytes([*start, last ^ 1])
    with pytest.raises(RegistryError, match=f"{blob.digest} is corrupt: it has another digest"):
        _read(memory, "a")


def test_large_layer_is_read_in_pieces(
    memory: Memory, store: StoreWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "_CHUNK", 100)
    store.image("a", "latest", layers=LAYERS, compression="")
    registry = _registry(memory)
    chunks = list(registry.chunks(_find(memory, "a").layers[1]))
    assert b"".join(chunks) == LAYERS[1]
    assert {len(chunk) for chunk in chunks[:-1]} == {100}


def test_archive_is_that_of_docker_save(memory: Memory, store: StoreWriter, tmp_path: Path) -> None:
    layers = (LAYERS[0], LAYERS[1], LAYERS[0])
    store.image("a", "latest", layers=layers)
    image = _find(memory, "a")
    write_archive(_registry(memory), image, "localhost/x:1", tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as tar:
        content = {
            name: cast("io.BufferedReader", tar.extractfile(name)).read() for name in tar.getnames()
        }
        assert len(tar.getnames()) == len(content)
    ((entry),) = json.loads(content["manifest.json"])
    assert entry["RepoTags"] == ["localhost/x:1"]
    assert entry["Config"] == f"{image.config.hexadecimal}.json"
    assert [content[entry["Config"]], *(content[name] for name in entry["Layers"])] == _read(
        memory, "a"
    )
    # The layer that is there twice was written once.
    assert len(content) == 2 + 2


_MEMBERS = [
    *["schemaVersion", "mediaType", "manifests", "layers", "config", "digest", "size"],
    *["platform", "os", "rootfs"],
]
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(_MEMBERS),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from([None, f"{OCI}index.v1+json", f"{OCI}manifest.v1+json"]))
def test_no_document_breaks_the_reader(content: Any, kind: str | None) -> None:
    memory = Memory()
    if isinstance(content, dict):
        content = {**content, "schemaVersion": 2, **({"mediaType": kind} if kind else {})}
    StoreWriter(memory.put_bytes, ROOT).manifest("a", content, "latest")
    with pytest.raises(RegistryError):
        _read(memory, "a")
