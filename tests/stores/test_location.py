"""What `--objects URL` may be, and what is said of mistakes in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.objects import open_store
from batchcompute.server.objects.remote.keys import StoreKey, oss_key, read_key
from batchcompute.server.objects.remote.location import Location


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        (
            "oss://?region=cn-beijing",
            {},
            Location("oss", "https://oss-cn-beijing.aliyuncs.com", "cn-beijing", False),
        ),
        (
            "oss://?endpoint=oss-cn-beijing-internal.aliyuncs.com",
            {},
            Location("oss", "https://oss-cn-beijing-internal.aliyuncs.com", "cn-beijing", False),
        ),
        (
            "oss://",
            {"OSS_ENDPOINT": "http://127.0.0.1:8643", "OSS_REGION": "cn-hangzhou"},
            Location("oss", "http://127.0.0.1:8643", "cn-hangzhou", True),
        ),
        (
            "s3://bucket/some/where/?region=eu-west-1&style=path&credentials=/a%20b",
            {"AWS_REGION": "ignored"},
            Location(
                "s3",
                "https://s3.eu-west-1.amazonaws.com",
                "eu-west-1",
                True,
                "bucket",
                "some/where/",
                "/a b",
            ),
        ),
        (
            "S3://bucket",
            {"AWS_ENDPOINT_URL": "https://minio.local:9000/"},
            Location("s3", "https://minio.local:9000", "us-east-1", True, "bucket"),
        ),
        (
            "s3://?region=cn-north-1&program-credentials=/p&ca=/ca.pem",
            {},
            Location(
                "s3",
                "https://s3.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
                False,
                program_credentials="/p",
                trusted="/ca.pem",
            ),
        ),
        ("s3://?endpoint=http://[::1]:9", {}, Location("s3", "http://[::1]:9", "us-east-1", True)),
    ],
)
def test_url_is_understood_and_written_again(
    url: str, environment: dict[str, str], expected: Location
) -> None:
    found = Location.parse(url, environment)
    assert found == expected
    assert Location.parse(found.url, {}) == found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://", "names neither an endpoint nor a region: s3://"),
        ("oss://?endpoint=http://127.0.0.1:1", "need its region: add region=ID"),
        ("oss://127.0.0.1:8643", r"no bucket; .*: oss://\?endpoint=http://127.0.0.1:8643"),
        ("s3:///prefix?region=r", "a prefix needs a bucket: write s3://BUCKET/prefix"),
        ("s3://b/x//y?region=r", "the prefix 'x//y' has the segment ''"),
        ("s3://b/../y?region=r", "has the segment '..'"),
        ("s3://.b?region=r", "'.b' is no name of a bucket"),
        ("s3://b?region=r&style=host", "style=host is not known: it is path or virtual"),
        ("s3://b?region=R!", "'R!' is no id of a region"),
        ("s3://b?region=r&region=s", "names region twice"),
        ("s3://b?regio=r", "'regio' is no parameter of an object store; there are endpoint"),
        ("s3://b?region=r#f", "'#'"),
        ("s3://b?endpoint=ftp://h", "neither http:// nor https://"),
        ("s3://b?endpoint=http://h/path", "is more or less than"),
        ("s3://b?endpoint=http://h:x", "is no URL"),
        ("s3://[::1", "is no URL"),
        ("gs://b", "is no remote object store: write oss://"),
    ],
)
def test_mistake_is_named(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Location.parse(url, {})


@pytest.mark.parametrize(
    "url",
    [
        "s3://ID:PASSWORD@bucket?region=r",
        "gs://ID:PASSWORD@bucket",
        "s3://b?region=r&access_key_secret=PASSWORD",
        "s3://b?endpoint=http://ID:PASSWORD@host",
    ],
)
def test_secret_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"access key|no parameter") as caught:
        Location.parse(url, {})
    assert "PASSWORD" not in str(caught.value)


@given(text=st.text(max_size=60) | st.from_regex(r"(s3|oss)://[\x20-\x7e]{0,60}", fullmatch=True))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        found = Location.parse(text, {})
    except ValueError:
        return
    assert Location.parse(found.url, {}) == found


@pytest.mark.parametrize(
    "text",
    [
        "id:secret:to:ken\n",
        json.dumps(
            {"access_key_id": "id", "access_key_secret": "secret", "session_token": "to:ken"}
        ),
        json.dumps(
            {
                "Credentials": {
                    "AccessKeyId": "id",
                    "SecretAccessKey": "secret",
                    "SessionToken": "to:ken",
                    "Expiration": "2030-01-01T00:00:00Z",
                }
            }
        ),
    ],
)
def test_key_is_read_from_a_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    key = read_key(str(file))
    assert key == StoreKey("id", "secret", "to:ken")
    assert "secret" not in repr(key)
    assert "ken" not in repr(key)


@pytest.mark.parametrize("text", ["", "PASSWORD", "id:", "{", '{"a": "PASSWORD"}', "[1]"])
def test_file_without_a_key_is_named_and_not_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(ValueError, match="holds no access key") as caught:
        read_key(str(file))
    assert str(file) in str(caught.value)
    assert "PASSWORD" not in str(caught.value)


def test_missing_key_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET"):
        oss_key({"OSS_ACCESS_KEY_ID": "id"})
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        open_store(f"s3://b?region=r&credentials={tmp_path}/none")
