"""Stores that fail in passing or for good, and what is left behind."""

from __future__ import annotations

import dataclasses
import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from batchcompute.server import LocalServer
from batchcompute.server.objects import ObjectNotFoundError, ObjectStoreError
from batchcompute.server.objects.remote import patience
from batchcompute.server.objects.remote import store as remote_store
from batchcompute.server.objects.remote.store import RemoteStore
from batchcompute.server.objects.remote.wire import Download, Wire, WireError
from tests.stores.doubles import new_bucket, open_remote, oss_location, proxy_to, set_keys

_LOST = WireError("the connection was lost")
_BUSY = WireError("Please reduce your request rate.", "SlowDown", 503)
_DENIED = WireError("You have no right to access this object.", "AccessDenied", 403)


class _Faulty:
    """A client some of whose requests fail, before or after they were carried out."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.before: dict[str, list[WireError]] = {}
        self.after: dict[str, list[WireError]] = {}

    def __getattr__(self, verb: str) -> Any:
        def ask(*arguments: Any, **options: Any) -> Any:
            self.calls.append((verb, arguments))
            if self.before.get(verb):
                raise self.before[verb].pop(0)
            found = getattr(self._wire, verb)(*arguments, **options)
            if self.after.get(verb):
                raise self.after[verb].pop(0)
            return found

        return ask

    def count(self, verb: str) -> int:
        return sum(each == verb for each, _ in self.calls)


@pytest.fixture
def faulty(remote: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> _Faulty:
    found = _Faulty(remote._wire)
    monkeypatch.setattr(remote, "_wire", found)
    monkeypatch.setattr(remote_store, "PART", 5 << 20)
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.001)
    return found


def test_what_may_pass_is_tried_again(tmp_path: Path, remote: RemoteStore, faulty: _Faulty) -> None:
    name = _new_bucket(remote, faulty)
    faulty.before = {
        verb: [_BUSY, _LOST] for verb in ("put", "head", "get", "page", "copy", "delete")
    }
    remote.put_bytes(b"x", f"oss://{name}/k")
    remote.copy(f"oss://{name}/k", f"oss://{name}/copy")
    assert remote.read_range(f"oss://{name}/copy") == b"x"
    faulty.before["get"] = [_LOST]
    remote.get_file(f"oss://{name}/copy", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"x"
    remote.delete(f"oss://{name}/k")
    listed = [info.address for info in remote.list_prefix(f"oss://{name}/")]
    assert listed == [f"oss://{name}/copy"]
    assert not any(faulty.before.values())


def test_what_will_not_pass_is_said_at_once(remote: RemoteStore, faulty: _Faulty) -> None:
    faulty.before = {"put": [_DENIED]}
    with pytest.raises(ObjectStoreError) as caught:
        remote.put_bytes(b"x", "oss://some-bucket/k")
    host = remote.location.host
    assert str(caught.value) == (
        f"oss://some-bucket/k: {host} refuses the access key "
        "(AccessDenied: You have no right to access this object.)"
    )
    assert not caught.value.is_passing
    assert faulty.count("put") == 1


def test_patience_ends(remote: RemoteStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    location = dataclasses.replace(remote.location, endpoint=f"http://127.0.0.1:{port}")
    with pytest.raises(ObjectStoreError, match=rf"127.0.0.1:{port} cannot be reached") as caught:
        RemoteStore(location, 0.3).put_bytes(b"x", "oss://some-bucket/k")
    assert caught.value.is_passing


def test_broken_download_goes_on_where_it_was(
    tmp_path: Path, remote: RemoteStore, faulty: _Faulty
) -> None:
    name = _new_bucket(remote, faulty)
    content = bytes(range(256)) * 10_000
    remote.put_bytes(content, f"oss://{name}/k")
    breaks = iter([100, 1_000_000])

    def cut(download: Download) -> Download:
        left = next(breaks, None)
        if left is None:
            return download

        def pieces() -> Iterator[bytes]:
            yield b"".join(download.pieces)[:left]
            raise _LOST

        return dataclasses.replace(download, pieces=pieces())

    _change_downloads(faulty, cut)
    remote.get_file(f"oss://{name}/k", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == content
    spans = [arguments[2] for verb, arguments in faulty.calls if verb == "get"]
    assert spans == [(0, None), (100, None), (1_000_100, None)]


def test_object_that_is_replaced_meanwhile_comes_whole(
    tmp_path: Path, remote: RemoteStore, faulty: _Faulty
) -> None:
    name = _new_bucket(remote, faulty)
    remote.put_bytes(b"old" * 1000, f"oss://{name}/k")
    replaced: list[bool] = []

    def replace(download: Download) -> Download:
        if replaced:
            return download
        replaced.append(True)

        def pieces() -> Iterator[bytes]:
            yield b"".join(download.pieces)[:10]
            remote.put_bytes(b"new", f"oss://{name}/k")
            raise _LOST

        return dataclasses.replace(download, pieces=pieces())

    _change_downloads(faulty, replace)
    remote.get_file(f"oss://{name}/k", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"new"


def test_corrupt_download_is_refused(tmp_path: Path, remote: RemoteStore, faulty: _Faulty) -> None:
    if remote.location.kind == "s3":
        pytest.skip("S3 tells no checksum of all objects")
    name = _new_bucket(remote, faulty)
    remote.put_bytes(b"content", f"oss://{name}/k")

    def corrupt(download: Download) -> Download:
        return dataclasses.replace(download, pieces=iter([b"C" + b"".join(download.pieces)[1:]]))

    _change_downloads(faulty, corrupt)
    with pytest.raises(ObjectStoreError, match="CRC-64"):
        remote.get_file(f"oss://{name}/k", tmp_path / "target")


def test_write_whose_answer_is_lost_is_known_for_its_own(
    tmp_path: Path, remote: RemoteStore, faulty: _Faulty
) -> None:
    name = _new_bucket(remote, faulty)
    faulty.after = {"put": [_LOST]}
    assert remote.put_bytes(b"mine", f"oss://{name}/k", if_absent=True)
    faulty.after = {"put": [_LOST]}
    assert not remote.put_bytes(b"other", f"oss://{name}/k", if_absent=True)
    large = tmp_path / "large"
    large.write_bytes(bytes(11 << 20))
    faulty.after = {"complete": [_LOST]}
    remote.put_file(large, f"oss://{name}/large")
    assert remote.stat(f"oss://{name}/large").size == 11 << 20


def test_key_that_is_fetched_anew_is_not_shared_by_forked_processes(
    tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "key.sh"
    script.write_text(
        "#!/bin/sh\n"
        """echo '{"Version": 1, "AccessKeyId": "id", "SecretAccessKey": "secret","""
        """ "SessionToken": "token", "Expiration": "2100-01-01T00:00:00Z"}'\n"""
    )
    script.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {script}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    store = open_remote(f"s3://?endpoint={s3}")
    name = new_bucket(store)
    first = store._client()
    assert first is store._client()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            store.put_bytes(b"x", f"oss://{name}/k")
            status = int(store._wire is first)
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.read_range(f"oss://{name}/k") == b"x"


def test_upload_that_fails_leaves_nothing(
    tmp_path: Path, remote: RemoteStore, faulty: _Faulty
) -> None:
    name = _new_bucket(remote, faulty)
    large = tmp_path / "large"
    large.write_bytes(bytes(11 << 20))
    faulty.before = {"put_part": [_BUSY, _DENIED]}
    with pytest.raises(ObjectStoreError, match="AccessDenied"):
        remote.put_file(large, f"oss://{name}/large")
    assert faulty.count("abort") == 1
    with pytest.raises(ObjectNotFoundError):
        remote.stat(f"oss://{name}/large")


def test_connections_that_break_are_made_anew(tmp_path: Path, remote: RemoteStore) -> None:
    name = new_bucket(remote)
    content = bytes(range(256)) * 8192
    with proxy_to(remote.location.endpoint, [200_000, 1_500_000]) as endpoint:
        through = RemoteStore(dataclasses.replace(remote.location, endpoint=endpoint), 30.0)
        remote.put_bytes(content, f"oss://{name}/k")
        through.get_file(f"oss://{name}/k", tmp_path / "target")
        through.put_bytes(content, f"oss://{name}/again")
    assert (tmp_path / "target").read_bytes() == content
    assert remote.read_range(f"oss://{name}/again") == content


def test_key_in_a_file_can_change(
    tmp_path: Path, remote: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if remote.location.kind == "s3":
        pytest.skip("the double takes any key")
    name = new_bucket(remote)
    names = ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET")
    good = ":".join(os.environ[each] for each in names)
    for each in names:
        monkeypatch.delenv(each)
    file = tmp_path / "key"
    file.write_text("former:secret")
    store = RemoteStore(dataclasses.replace(remote.location, credentials=str(file)), 30.0)
    with pytest.raises(ObjectStoreError, match="refuses the access key"):
        store.put_bytes(b"x", f"oss://{name}/k")
    file.write_text("half writ")
    with pytest.raises(ObjectStoreError, match="refuses the access key"):
        store.put_bytes(b"x", f"oss://{name}/k")
    file.write_text(good)
    store.put_bytes(b"x", f"oss://{name}/k")


def _new_bucket(remote: RemoteStore, faulty: _Faulty) -> str:
    """Make a bucket with the client behind the faults."""
    remote._wire, kept = faulty._wire, remote._wire
    try:
        return new_bucket(remote)
    finally:
        remote._wire = kept


def _change_downloads(faulty: _Faulty, change: Any) -> None:
    wire = faulty._wire

    class Changed:
        def __getattr__(self, verb: str) -> Any:
            real = getattr(wire, verb)
            if verb != "get":
                return real
            return lambda *arguments: change(real(*arguments))

    faulty._wire = Changed()


def test_store_that_nobody_vouches_for_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("alibabacloud_oss_v2", reason="the client of OSS is not installed")
    authority = trustme.CA()
    chain, key, trusted = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    certificate = authority.issue_cert("127.0.0.1")
    chain.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(trusted))
    with LocalServer(boot_seconds=0, slots=1, tls=(chain, key)) as server:
        set_keys(monkeypatch, server.access_key_id, server.access_key_secret)
        oss = open_remote(oss_location(server), 600.0)
        s3 = open_remote(f"s3://?endpoint={server.objects_endpoint}", 600.0)
        for store in (oss, s3):
            with pytest.raises(ObjectStoreError, match="certificate verify failed") as caught:
                store.stat("oss://some-bucket/k")
            assert not caught.value.is_passing
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
        name = new_bucket(oss)
        oss.put_bytes(b"x", f"oss://{name}/k")
        assert oss.read_range(f"oss://{name}/k") == b"x"
        # Otherwise the end of the service would wait for their connections.
        del oss, s3, store, caught
        gc.collect()
