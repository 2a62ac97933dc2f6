"""What the executor does with objects, in every kind of store."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from batchcompute.server.objects import (
    InvalidAddressError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectStoreError,
    open_store,
)
from batchcompute.server.objects.remote import store as remote_store
from batchcompute.server.objects.remote.store import RemoteStore
from tests.stores.doubles import new_bucket


def test_files_ranges_copies_and_deletes(tmp_path: Path, store: ObjectStore) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"0123456789")
    store.put_file(source, "oss://b/deep/k")
    store.copy("oss://b/deep/k", "oss://other/k")
    store.get_file("oss://other/k", target)
    assert target.read_bytes() == b"0123456789"
    ranges = {(0, None): b"0123456789", (2, 5): b"234", (8, None): b"89", (8, 99): b"89"}
    ranges |= {(99, None): b"", (99, 100): b"", (10, 12): b"", (3, 3): b"", (0, 100): b"0123456789"}
    assert {span: store.read_range("oss://b/deep/k", *span) for span in ranges} == ranges
    info = store.stat("oss://b/deep/k")
    assert (info.address, info.size) == ("oss://b/deep/k", 10)
    assert info.modified_at > 0
    store.delete("oss://b/deep/k")
    store.delete("oss://b/deep/k")
    for read in (store.stat, store.read_range, lambda at: store.get_file(at, target)):
        with pytest.raises(ObjectNotFoundError, match=r"^oss://b/deep/k: there is no such object"):
            read("oss://b/deep/k")
    with pytest.raises(ObjectStoreError, match="no range"):
        store.read_range("oss://other/k", 3, 2)


def test_empty_object(tmp_path: Path, store: ObjectStore) -> None:
    store.put_bytes(b"", "oss://b/empty")
    store.get_file("oss://b/empty", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b""
    assert store.read_range("oss://b/empty") == store.read_range("oss://b/empty", 0, 100) == b""


@pytest.mark.parametrize(
    "key",
    [" a b ", "a+b%2Fc", "ü/\u5317\u4eac/\U0001f600", "a?b#c&d=e", "~'()*!$,:;@[]", "x" * 255],
)
def test_key_reads_back_and_is_listed(store: ObjectStore, key: str) -> None:
    address = f"oss://b/{key}"
    store.put_bytes(key.encode(), address)
    assert store.read_range(address) == key.encode()
    assert [info.address for info in store.list_prefix("oss://b/")] == [address]
    store.copy(address, "oss://b/copy")
    assert store.read_range("oss://b/copy") == key.encode()
    store.delete(address)
    assert [info.address for info in store.list_prefix("oss://b/")] == ["oss://b/copy"]


def test_address_of_no_object_is_refused(tmp_path: Path, store: ObjectStore) -> None:
    for text in ("oss://b", "oss://b/d/", "oss://b/a/../k", "http://b/k"):
        with pytest.raises(InvalidAddressError):
            store.put_bytes(b"", text)
        with pytest.raises(InvalidAddressError):
            store.get_file(text, tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_listing_is_by_text_and_in_the_order_of_utf8(store: ObjectStore) -> None:
    keys = ["a/b", "a/bc/d", "a-b", "a/\U0001f600", "a/\uff5e", "z"]
    for key in keys:
        store.put_bytes(key.encode(), f"oss://b/{key}")
    store.put_bytes(b"", "oss://bb/k")

    def listed(prefix: str) -> list[str]:
        return [info.address.removeprefix("oss://b/") for info in store.list_prefix(prefix)]

    assert listed("oss://b") == sorted(keys, key=str.encode)
    assert listed("oss://b/a/b") == ["a/b", "a/bc/d"]
    assert listed("oss://b/a/") == ["a/b", "a/bc/d", "a/\uff5e", "a/\U0001f600"]
    assert listed("oss://b/none") == []
    assert listed("oss://none/") == []


def test_put_if_absent_lets_one_of_many_win(store: ObjectStore) -> None:
    won: list[int] = []
    barrier = threading.Barrier(4)

    def put(number: int) -> None:
        barrier.wait()
        if store.put_bytes(str(number).encode(), "oss://b/k", if_absent=True):
            won.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = int(store.read_range("oss://b/k"))
    assert last in won
    # The double of S3 has a gap between looking and writing.
    assert len(won) == 1 or store.url.startswith("s3:")
    assert not store.put_bytes(b"later", "oss://b/k", if_absent=True)
    assert store.read_range("oss://b/k") == str(last).encode()


def test_missing_source_is_told_with_the_address(tmp_path: Path, store: ObjectStore) -> None:
    with pytest.raises(ObjectStoreError, match=r"^oss://b/k: "):
        store.put_file(tmp_path / "none", "oss://b/k")
    assert store.list_prefix("oss://b/") == []


def test_large_file_goes_in_parts(
    tmp_path: Path, remote: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_store, "PART", 5 << 20)
    monkeypatch.setattr(remote_store, "_LARGEST_COPY", 1 << 20)
    name = new_bucket(remote)
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        for number in range(12):
            file.write(bytes([number]) * (1 << 20))
        file.write(b"end")
    remote.put_file(source, f"oss://{name}/large")
    remote.copy(f"oss://{name}/large", f"oss://{name}/copy")
    remote.get_file(f"oss://{name}/copy", target)
    assert target.read_bytes() == source.read_bytes()


def test_buckets_are_those_of_the_store(remote: RemoteStore) -> None:
    name = new_bucket(remote)
    remote.put_bytes(b"x", f"oss://{name}/k")
    assert remote._client().head(name, "k").size == 1
    for do in (
        lambda: remote.put_bytes(b"x", "oss://no-such-bucket/k"),
        lambda: remote.list_prefix("oss://no-such-bucket/"),
        lambda: remote.read_range("oss://no-such-bucket/k"),
    ):
        with pytest.raises(ObjectStoreError, match=r"there is no bucket 'no-such-bucket' at 127"):
            do()


def test_keys_that_have_no_address_are_left_out_of_lists(remote: RemoteStore) -> None:
    name = new_bucket(remote)
    for key in ("a", "folder/", "b//c", "d/e"):
        remote._client().put(name, key, b"x")
    listed = [info.address for info in remote.list_prefix(f"oss://{name}/")]
    assert listed == [f"oss://{name}/a", f"oss://{name}/d/e"]


def test_store_opens_again_by_its_url(remote: RemoteStore) -> None:
    name = new_bucket(remote)
    remote.put_bytes(b"x", f"oss://{name}/k")
    again = open_store(remote.url)
    assert again.url == remote.url
    assert again.read_range(f"oss://{name}/k") == b"x"
    assert again.local_path(f"oss://{name}/k") is None
    assert again.folder is None
