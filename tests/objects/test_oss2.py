"""The vendor's established client against the object protocol, with each of its signatures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import oss2
import pytest
import requests

from batchcompute.server import LocalServer
from tests.objects.conftest import bucket_name, oss2_bucket

KEYS = [
    "a",
    "a/b",
    "a b+c%d",
    "中文/😀.txt",
    "/lead",
    "../x",
    "dots/./y",
    "x" * 300,
    "dir/",
    "q?x=1&y#z",
    "back\\slash",
    "control\x01character",
    "double//slash",
]


def test_objects_of_odd_keys_are_kept_and_listed(bucket: Any) -> None:
    for key in KEYS:
        content = key.encode() + b"!"
        bucket.put_object(key, content, headers={"x-oss-meta-name": "value"})
        found = bucket.get_object(key)
        assert found.read() == content
        assert found.headers["x-oss-meta-name"] == "value"
        assert bucket.head_object(key).content_length == len(content)
    ordered = sorted(KEYS, key=str.encode)
    assert [found.key for found in oss2.ObjectIteratorV2(bucket, max_keys=3)] == ordered
    assert [found.key for found in oss2.ObjectIterator(bucket, max_keys=5)] == ordered
    for key in KEYS:
        bucket.delete_object(key)
    assert list(oss2.ObjectIterator(bucket)) == []
    bucket.delete_bucket()
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        bucket.get_object("a")


def test_folders_are_listed_by_their_delimiter(bucket: Any) -> None:
    for key in ("a/1", "a/2", "a/b/3", "a.txt", "b/4", "c"):
        bucket.put_object(key, b"")
    shown = [(one.key, one.is_prefix()) for one in oss2.ObjectIterator(bucket, delimiter="/")]
    assert shown == [("a.txt", False), ("a/", True), ("b/", True), ("c", False)]
    below = [one.key for one in oss2.ObjectIterator(bucket, prefix="a/", delimiter="/", max_keys=1)]
    assert below == ["a/1", "a/2", "a/b/"]
    page = bucket.list_objects(delimiter="/", max_keys=2)
    assert (page.prefix_list, page.is_truncated, page.next_marker) == (["a/"], True, "a/")
    assert [one.key for one in oss2.ObjectIteratorV2(bucket, start_after="a/b/3")] == ["b/4", "c"]


def test_resumable_transfers_keep_every_byte(bucket: Any, tmp_path: Path) -> None:
    content = os.urandom(3 * 1024 * 1024 + 17)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    size = 512 * 1024
    oss2.resumable_upload(
        bucket, "big", str(source), multipart_threshold=size, part_size=size, num_threads=3,
        store=oss2.ResumableStore(root=str(tmp_path)),
    )  # fmt: skip
    oss2.resumable_download(
        bucket, "big", str(target), multiget_threshold=size, part_size=size, num_threads=3,
        store=oss2.ResumableDownloadStore(root=str(tmp_path)),
    )  # fmt: skip
    assert target.read_bytes() == content
    assert bucket.head_object("big").object_type == "Multipart"


def test_uploads_in_parts_are_listed_copied_and_aborted(bucket: Any) -> None:
    bucket.put_object("source", b"x" * 150_000)
    upload_id = bucket.init_multipart_upload("whole").upload_id
    copied = bucket.upload_part_copy(
        bucket.bucket_name, "source", (0, 120_000 - 1), "whole", upload_id, 1
    )
    second = bucket.upload_part("whole", upload_id, 2, b"end")
    assert [part.part_number for part in bucket.list_parts("whole", upload_id).parts] == [1, 2]
    other = bucket.init_multipart_upload("other").upload_id
    assert {one.key for one in bucket.list_multipart_uploads().upload_list} == {"whole", "other"}
    bucket.abort_multipart_upload("other", other)
    with pytest.raises(oss2.exceptions.NoSuchUpload):
        bucket.list_parts("other", other)
    wrong = [oss2.models.PartInfo(1, second.etag), oss2.models.PartInfo(2, second.etag)]
    with pytest.raises(oss2.exceptions.ServerError, match="InvalidPart"):
        bucket.complete_multipart_upload("whole", upload_id, wrong)
    parts = [oss2.models.PartInfo(1, copied.etag), oss2.models.PartInfo(2, second.etag)]
    done = bucket.complete_multipart_upload("whole", upload_id, parts)
    assert done.etag.endswith("-2")
    assert bucket.get_object("whole").read() == b"x" * 120_000 + b"end"


def test_ranges_and_conditions_are_met(bucket: Any) -> None:
    etag = bucket.put_object("k", b"0123456789").etag
    assert bucket.get_object("k", byte_range=(2, 4)).read() == b"234"
    assert bucket.get_object("k", byte_range=(7, None)).read() == b"789"
    assert bucket.get_object("k", byte_range=(None, 2)).read() == b"89"
    # Out of the object is the whole of it, unless HTTP's own rule is asked for.
    assert bucket.get_object("k", byte_range=(20, 30)).read() == b"0123456789"
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.get_object("k", byte_range=(20, 30), headers={"x-oss-range-behavior": "standard"})
    assert refused.value.status == 416
    with pytest.raises(oss2.exceptions.NotModified):
        bucket.get_object("k", headers={"if-none-match": etag})
    with pytest.raises(oss2.exceptions.PreconditionFailed):
        bucket.get_object("k", headers={"if-match": "0" * 32})
    params = {"response-content-type": "text/x-mine"}
    assert bucket.get_object("k", params=params).headers["content-type"] == "text/x-mine"


def test_appending_needs_the_right_position(bucket: Any) -> None:
    assert bucket.append_object("log", 0, b"hello").next_position == 5
    assert bucket.append_object("log", 5, b" world", init_crc=None).next_position == 11
    with pytest.raises(oss2.exceptions.PositionNotEqualToLength) as refused:
        bucket.append_object("log", 5, b"again")
    assert refused.value.next_position == 11
    assert bucket.get_object("log").read() == b"hello world"
    bucket.put_object("other", b"x")
    with pytest.raises(oss2.exceptions.ObjectNotAppendable):
        bucket.append_object("other", 1, b"y")


def test_copies_take_or_replace_what_is_said_of_an_object(bucket: Any) -> None:
    bucket.put_object("k", b"content", headers={"x-oss-meta-a": "1", "Content-Type": "text/x-a"})
    bucket.copy_object(bucket.bucket_name, "k", "copy")
    assert bucket.head_object("copy").headers["x-oss-meta-a"] == "1"
    headers = {"x-oss-metadata-directive": "REPLACE", "x-oss-meta-b": "2"}
    bucket.copy_object(bucket.bucket_name, "k", "k", headers=headers)
    found = bucket.head_object("k").headers
    assert found["x-oss-meta-b"] == "2"
    assert "x-oss-meta-a" not in found
    assert bucket.get_object("k").read() == b"content"


def test_links_tags_and_acls_are_kept(server: LocalServer, bucket: Any) -> None:
    bucket.put_object("k", b"content")
    bucket.put_symlink("k", "link")
    assert bucket.get_object("link").read() == b"content"
    assert bucket.get_symlink("link").target_key == "k"
    rule = oss2.models.TaggingRule()
    rule.add("name", "value")
    bucket.put_object_tagging("k", oss2.models.Tagging(rule))
    assert bucket.get_object_tagging("k").tag_set.tagging_rule == {"name": "value"}
    bucket.delete_object_tagging("k")
    assert bucket.get_object_tagging("k").tag_set.tagging_rule == {}
    url = f"{server.objects_endpoint}/{bucket.bucket_name}/k"
    assert requests.get(url, timeout=60).status_code == 403
    bucket.put_object_acl("k", "public-read")
    assert bucket.get_object_acl("k").acl == "public-read"
    assert requests.get(url, timeout=60).content == b"content"
    assert requests.put(url, data=b"mine", timeout=60).status_code == 403
    assert (
        requests.get(f"{server.objects_endpoint}/{bucket.bucket_name}", timeout=60).status_code
        == 403
    )


def test_signed_urls_are_valid_for_their_time_and_request(bucket: Any) -> None:
    bucket.put_object("a b", b"content")
    url = bucket.sign_url("GET", "a b", 60)
    assert requests.get(url, timeout=60).content == b"content"
    assert requests.put(url, data=b"x", timeout=60).status_code == 403
    written = bucket.sign_url("PUT", "by url", 60, headers={"Content-Type": "text/plain"})
    put = requests.put(written, data=b"mine", headers={"Content-Type": "text/plain"}, timeout=60)
    assert put.status_code == 200
    assert bucket.get_object("by url").read() == b"mine"


def test_refusals_are_the_clients_own_errors(server: LocalServer, bucket: Any) -> None:
    with pytest.raises(oss2.exceptions.NoSuchKey) as missing:
        bucket.get_object("none")
    assert len(missing.value.request_id) == 24
    with pytest.raises(oss2.exceptions.NotFound):
        bucket.head_object("none")
    nowhere = oss2_bucket(server, "v1", "no-such-bucket")
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        nowhere.put_object("k", b"x" * (3 * 1024 * 1024))
    with pytest.raises(oss2.exceptions.ServerError, match="InvalidAccessKeyId") as unknown:
        oss2_bucket(server, "v4", bucket.bucket_name, key_id="nobody").put_object("k", b"")
    assert unknown.value.status == 403
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch):
        oss2_bucket(server, "v2", bucket.bucket_name, secret="wrong").put_object("k", b"")
    with pytest.raises(oss2.exceptions.ServerError, match="InvalidDigest"):
        bucket.put_object("k", b"x", headers={"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
    bucket.put_object("k", b"first")
    with pytest.raises(oss2.exceptions.ServerError, match="FileAlreadyExists"):
        bucket.put_object("k", b"second", headers={"x-oss-forbid-overwrite": "true"})
    for name in ("x-oss-server-side-encryption", "x-oss-callback"):
        with pytest.raises(oss2.exceptions.ServerError, match="NotImplemented"):
            bucket.put_object("k", b"third", headers={name: "KMS"})
    assert bucket.get_object("k").read() == b"first"
    with pytest.raises(oss2.exceptions.ServerError, match="BucketNotEmpty"):
        bucket.delete_bucket()
    with pytest.raises(oss2.exceptions.ServerError, match="NotImplemented"):
        bucket.get_bucket_lifecycle()


def test_buckets_are_described(server: LocalServer, bucket: Any) -> None:
    bucket.put_object("k", b"12345")
    info = bucket.get_bucket_info()
    assert info.extranet_endpoint == server.objects_endpoint
    assert bucket.get_bucket_location().location == "oss-cn-hangzhou"
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, 5)
    bucket.put_bucket_acl("public-read")
    assert bucket.get_bucket_acl().acl == "public-read"
    service = oss2.Service(bucket.auth, server.objects_endpoint, region="cn-hangzhou")
    assert bucket.bucket_name in [one.name for one in oss2.BucketIterator(service)]
    assert bucket.list_object_versions().versions[0].versionid == "null"
    assert bucket.list_live_channel().channels == []


def test_dropped_files_are_objects_with_digests(server: LocalServer) -> None:
    bucket = oss2_bucket(server, "v4", bucket_name())
    bucket.create_bucket()
    folder = server.objects.folder
    assert folder is not None
    dropped = folder / bucket.bucket_name / "sub" / "dropped.txt"
    dropped.parent.mkdir()
    dropped.write_bytes(b"hello")
    found = bucket.get_object("sub/dropped.txt")
    assert found.read() == b"hello"
    assert found.headers["content-type"] == "text/plain"
    assert found.headers["etag"] == '"5D41402ABC4B2A76B9719D911017C592"'
    dropped.write_bytes(b"changed")
    assert bucket.get_object("sub/dropped.txt").read() == b"changed"
    assert bucket.list_objects().object_list[0].size == 7
    bucket.put_object("plain/k", b"seen")
    assert (folder / bucket.bucket_name / "plain" / "k").read_bytes() == b"seen"
    assert server.read_object(f"oss://{bucket.bucket_name}/plain/k") == b"seen"
