"""The vendor's current client against the object protocol: synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import alibabacloud_oss_v2.aio as oss_aio
import pytest
import requests

from batchcompute.server import LocalServer
from tests.objects.conftest import bucket_name

# Its HTTP library resolves ".." and "." in an address before it sends it.
KEYS = [
    "a",
    "a/b",
    "a b+c%d",
    "中文/😀.txt",
    "/lead",
    "x" * 300,
    "dir/",
    "q?x=1&y#z",
    "back\\slash",
]


def _error(raised: pytest.ExceptionInfo[Any]) -> Any:
    return raised.value.unwrap()


def test_objects_of_odd_keys_are_kept_and_listed(client: Any, name: str) -> None:
    for key in KEYS:
        request = oss.PutObjectRequest(
            bucket=name, key=key, body=key.encode(), metadata={"name": "value"}
        )
        client.put_object(request)
        found = client.get_object(oss.GetObjectRequest(bucket=name, key=key))
        assert found.body.content == key.encode()
        assert found.metadata == {"name": "value"}
    pages = client.list_objects_v2_paginator().iter_page(
        oss.ListObjectsV2Request(bucket=name, max_keys=2)
    )
    assert [one.key for page in pages for one in page.contents] == sorted(KEYS, key=str.encode)
    gone = [oss.DeleteObject(key=key) for key in KEYS]
    client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=name, objects=gone))
    client.delete_bucket(oss.DeleteBucketRequest(bucket=name))
    with pytest.raises(oss.exceptions.OperationError) as missing:
        client.get_bucket_info(oss.GetBucketInfoRequest(bucket=name))
    assert (_error(missing).code, _error(missing).status_code) == ("NoSuchBucket", 404)


def test_large_files_travel_in_parts(client: Any, name: str, tmp_path: Path) -> None:
    content = os.urandom(2 * 1024 * 1024 + 5)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    size = 512 * 1024
    client.uploader(part_size=size, parallel_num=3).upload_file(
        oss.PutObjectRequest(bucket=name, key="big"), filepath=str(source)
    )
    client.copier().copy(
        oss.CopyObjectRequest(bucket=name, key="copy", source_bucket=name, source_key="big"),
        part_size=size,
        multipart_copy_threshold=size,
    )
    client.downloader(part_size=size, parallel_num=3).download_file(
        oss.GetObjectRequest(bucket=name, key="copy"), filepath=str(target)
    )
    assert target.read_bytes() == content


def test_refusals_have_their_codes(client: Any, name: str) -> None:
    for operation in (
        lambda: client.get_object(oss.GetObjectRequest(bucket=name, key="none")),
        lambda: client.head_object(oss.HeadObjectRequest(bucket=name, key="none")),
    ):
        with pytest.raises(oss.exceptions.OperationError) as missing:
            operation()  # type: ignore[no-untyped-call]
        error = _error(missing)
        assert (error.code, error.ec, len(error.request_id)) == ("NoSuchKey", "0026-00000001", 24)


def test_presigned_urls_are_valid(client: Any, name: str) -> None:
    client.put_object(oss.PutObjectRequest(bucket=name, key="a b", body=b"content"))
    signed = client.presign(oss.GetObjectRequest(bucket=name, key="a b"))
    assert requests.get(signed.url, timeout=60).content == b"content"
    tampered = signed.url.replace("a%20b", "other")
    assert requests.get(tampered, timeout=60).status_code == 403


def test_asynchronous_client_reads_what_it_wrote(server: LocalServer) -> None:
    asyncio.run(_write_and_read(server))


async def _write_and_read(server: LocalServer) -> None:
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        server.access_key_id, server.access_key_secret
    )
    config.region, config.endpoint = "cn-hangzhou", server.objects_endpoint
    name = bucket_name()
    make: Any = oss_aio.AsyncClient
    client = make(config)
    try:
        await client.put_bucket(oss.PutBucketRequest(bucket=name))
        await client.put_object(oss.PutObjectRequest(bucket=name, key="k", body=b"content"))
        found = await client.get_object(oss.GetObjectRequest(bucket=name, key="k"))
        assert found.body is not None
        assert await found.body.read() == b"content"
    finally:
        await client.close()
