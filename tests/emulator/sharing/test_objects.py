"""Two accounts and their objects: by the object protocol, and by the jobs that they run."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute.server import LocalServer
from batchcompute.server.commands.main import run
from batchcompute.server.object_api.routing import BUCKET, OBJECT, SERVICE
from batchcompute.server.objects.errors import ObjectNotFoundError
from batchcompute.server.process.data_folder import DataFolder
from tests.emulator.sharing.people import add_key, keys
from tests.emulator.sharing.store import Store
from tests.emulator.wire import Wire, task


@dataclass
class Shared:
    """A service whose objects two accounts have a part of each."""

    server: LocalServer
    data: Path
    operator: Store
    ann: Store
    bob: Store
    wires: dict[str, Wire]


@pytest.fixture(scope="module")
def database() -> str:
    """URL of the server's database; "" for the one in its folder."""
    return ""


@pytest.fixture(scope="module")
def shared(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    data = tmp_path_factory.mktemp("shared")
    with LocalServer(data, boot_seconds=0.02, slots=2, database=database) as server:
        url = server.objects_endpoint
        http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        operator = Store(http, server.access_key_id, server.access_key_secret)
        stores: dict[str, Store] = {}
        wires: dict[str, Wire] = {}
        for name in ("ann", "bob"):
            key = add_key(data, name)
            stores[name] = Store(http, *key)
            wires[name] = Wire(server.endpoint, *key)
        found = Shared(server, data, operator, stores["ann"], stores["bob"], wires)
        assert found.ann.send("PUT", "/hers").status_code == 200
        assert found.ann.send("PUT", "/hers/a", b"secret").status_code == 200
        yield found
        http.close()
        for wire in wires.values():
            wire.close()


def _said(response: httpx.Response, bucket: str) -> tuple[int, str]:
    """Return what a response says, but for what tells requests apart."""
    text = response.text.replace(bucket, "BUCKET")
    for name in ("RequestId",):
        text = text.partition(f"<{name}>")[0] + text.partition(f"</{name}>")[2]
    return response.status_code, text


_ON_BUCKET = [
    (method, path, parameter)
    for path, table in (("", BUCKET), ("/a", OBJECT))
    for (method, parameter) in table
    if (method, path, parameter) != ("PUT", "", "")
]


@pytest.mark.parametrize(("method", "path", "parameter"), _ON_BUCKET)
def test_bucket_of_another_account_is_like_one_that_does_not_exist(
    shared: Shared, method: str, path: str, parameter: str
) -> None:
    query = f"?{parameter}" if parameter else ""
    content = b"<Delete><Object><Key>a</Key></Object></Delete>" if parameter == "delete" else b""
    wanted = shared.bob.send(method, f"/hers{path}{query}", content)
    absent = shared.bob.send(method, f"/none{path}{query}", content)
    assert _said(wanted, "hers") == _said(absent, "none")
    assert wanted.status_code == 404
    assert shared.ann.send("GET", "/hers/a").content == b"secret"


def test_names_of_buckets_are_shared_and_lists_are_not(shared: Shared) -> None:
    assert list(SERVICE.values()) == ["ListBuckets"]
    assert shared.bob.send("PUT", "/hers").status_code == 409
    assert "hers" not in shared.bob.send("GET", "/").text
    assert "hers" in shared.ann.send("GET", "/").text
    assert "hers" in shared.operator.send("GET", "/").text
    # What is dropped into the folder by hand is the first account's.
    shared.server.write_object("oss://found/a", "x")
    assert shared.bob.send("GET", "/found/a").status_code == 404
    assert shared.operator.send("GET", "/found/a").status_code == 200


def test_nothing_is_copied_out_of_a_bucket_of_another_account(shared: Shared) -> None:
    shared.bob.send("PUT", "/his")
    for source in ("/hers/a", "/none/a"):
        answer = shared.bob.send("PUT", "/his/copy", copy_source=source)
        assert answer.status_code == 404
        assert "NoSuchBucket" in answer.text
    assert shared.bob.send("GET", "/his/copy").status_code == 404


@pytest.fixture(scope="module")
def board(shared: Shared) -> str:
    """Return the name of a bucket of ann's that everybody may write to."""
    assert shared.ann.send("PUT", "/board").status_code == 200
    assert shared.ann.send("PUT", "/board?acl", bucket_acl="public-read-write").status_code == 200
    return "board"


def test_everybody_copies_what_everybody_may_read_alone(shared: Shared, board: str) -> None:
    http = shared.ann.http
    assert shared.ann.send("PUT", f"/{board}/kept", b"kept", acl="private").status_code == 200
    begun = http.post(f"/{board}/parts?uploads")
    upload = begun.text.partition("<UploadId>")[2].partition("</UploadId>")[0]
    part = f"/{board}/parts?partNumber=1&uploadId={upload}"
    for target in (f"/{board}/copy", part):
        said = [
            _said(http.put(target, headers={"x-oss-copy-source": f"/{source}"}), "hers")
            for source in ("hers/a", "hers/none", "none/a")
        ]
        assert said[0] == said[1] == said[2]
        assert said[0][0] == 403
        kept = http.put(target, headers={"x-oss-copy-source": f"/{board}/kept"})
        assert kept.status_code == 403
    assert http.get(f"/{board}/copy").status_code == 404
    assert http.put(f"/{board}/open", content=b"open").status_code == 200
    copied = http.put(f"/{board}/copy", headers={"x-oss-copy-source": f"/{board}/open"})
    assert copied.status_code == 200
    assert http.get(f"/{board}/copy").content == b"open"


def test_whoever_has_an_account_copies_what_is_theirs_to_where_everybody_writes(
    shared: Shared, board: str
) -> None:
    shared.bob.send("PUT", "/from-bob")
    shared.bob.send("PUT", "/from-bob/a", b"his")
    assert shared.bob.send("PUT", f"/{board}/his", copy_source="/from-bob/a").status_code == 200
    assert shared.bob.send("PUT", f"/{board}/got", copy_source="/hers/a").status_code == 404


_PUBLISHING = [
    ("PUT", "a", ""),
    ("PUT", "copy", "/hers/a"),
    ("POST", "log?append&position=0", ""),
    ("PUT", "link?symlink", ""),
    ("POST", "parts?uploads", ""),
]


@pytest.mark.parametrize(("method", "name", "source"), _PUBLISHING)
def test_who_may_read_an_object_is_said_by_its_owner_alone(
    shared: Shared, board: str, method: str, name: str, source: str
) -> None:
    keys(shared.data, "grant", "bob", "--bucket", "hers", "--write")
    refused = shared.bob.send(method, f"/hers/{name}", copy_source=source, acl="public-read")
    assert refused.status_code == 403
    keys(shared.data, "revoke", "bob", "--bucket", "hers")
    if not source:
        headers = {"x-oss-object-acl": "public-read"}
        answer = shared.ann.http.request(method, f"/{board}/{name}", headers=headers)
        assert answer.status_code == 403
    assert shared.ann.http.get("/hers/a").status_code == 403


def test_the_acl_of_a_bucket_may_be_said_to_be_the_objects(shared: Shared) -> None:
    keys(shared.data, "grant", "bob", "--bucket", "hers", "--write")
    assert shared.bob.send("PUT", "/hers/usual", b"x", acl="default").status_code == 200
    assert shared.bob.send("DELETE", "/hers/usual").status_code == 204
    keys(shared.data, "revoke", "bob", "--bucket", "hers")


def test_a_bucket_goes_with_its_owner(shared: Shared) -> None:
    assert shared.ann.send("PUT", "/passed-on").status_code == 200
    assert shared.ann.send("DELETE", "/passed-on").status_code == 204
    assert shared.bob.send("PUT", "/passed-on").status_code == 200
    assert shared.ann.send("GET", "/passed-on").status_code == 404


def test_audit_log_says_who_made_a_bucket_and_deleted_an_object(shared: Shared) -> None:
    shared.bob.send("PUT", "/noted")
    shared.bob.send("PUT", "/noted/a", b"x")
    shared.bob.send("DELETE", "/noted/a")
    log = DataFolder(shared.data).audit_log
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    found = [(line["Action"], line["KeyId"]) for line in lines if "noted" in str(line["Target"])]
    assert found == [(action, shared.bob.key_id) for action in ("PutBucket", "DeleteObject")]


def _noted(shared: Shared, word: str) -> list[dict[str, Any]]:
    log = DataFolder(shared.data).audit_log
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if word in str(line["Target"])]


def test_audit_log_knows_what_nobody_signed_and_keeps_names_short(
    shared: Shared, board: str
) -> None:
    name = "unsigned-" + "x" * 900
    assert shared.ann.http.put(f"/{board}/{name}", content=b"x").status_code == 200
    assert shared.ann.http.delete(f"/{board}/{name}").status_code == 204
    (line,) = _noted(shared, "unsigned-")
    assert (line["Action"], line["Account"], line["KeyId"]) == ("DeleteObject", 0, "")
    assert line["Role"] == ""
    assert line["Target"] == {"Bucket": board, "Key": name[:200]}


def test_refusals_on_objects_are_in_the_audit_log(shared: Shared) -> None:
    key = add_key(shared.data, "denied", "--account", "ann", "--role", "read")
    reader = Store(shared.ann.http, *key)
    reader.send("PUT", "/hers/denied-1", b"x")
    shared.bob.send("DELETE", "/hers/denied-2")
    shared.ann.send("GET", "/hers/denied-3")
    # Whoever asks without a key could write as much as they like.
    shared.ann.http.delete("/hers/denied-4")
    assert [
        (line["Action"], line["KeyId"], line["Code"]) for line in _noted(shared, "denied-")
    ] == [
        ("PutObject", key[0], "AccessDenied"),
        ("DeleteObject", shared.bob.key_id, "NoSuchBucket"),
    ]


def test_a_public_link_opens_no_private_object(shared: Shared, board: str) -> None:
    assert shared.ann.send("PUT", f"/{board}/own", b"mine", acl="private").status_code == 200
    link = shared.ann.send("PUT", f"/{board}/link?symlink", link_to="own")
    assert link.status_code == 200
    for method in ("GET", "HEAD"):
        assert shared.ann.http.request(method, f"/{board}/link").status_code == 403
    assert shared.bob.send("GET", f"/{board}/link").status_code == 404
    copied = shared.bob.send("PUT", f"/{board}/taken", copy_source=f"/{board}/link")
    assert copied.status_code in (403, 404)
    assert shared.ann.send("GET", f"/{board}/link").content == b"mine"
    assert shared.ann.send("PUT", f"/{board}/own?acl", acl="public-read").status_code == 200
    assert shared.ann.http.get(f"/{board}/link").content == b"mine"


def test_granted_buckets_are_read_or_written_and_stay_the_owners(shared: Shared) -> None:
    keys(shared.data, "grant", "bob", "--bucket", "hers")
    bob = shared.bob
    assert bob.send("GET", "/hers/a").content == b"secret"
    assert "hers" in bob.send("GET", "/").text
    assert bob.send("PUT", "/hers/b", b"x").status_code == 403
    keys(shared.data, "grant", "bob", "--bucket", "hers", "--write")
    assert bob.send("PUT", "/hers/b", b"x").status_code == 200
    assert bob.send("DELETE", "/hers/b").status_code == 204
    for method, path in (("DELETE", "/hers"), ("PUT", "/hers?acl"), ("PUT", "/hers/a?acl")):
        assert bob.send(method, path).status_code == 403
    keys(shared.data, "revoke", "bob", "--bucket", "hers")
    assert bob.send("GET", "/hers/a").status_code == 404


def test_the_role_read_writes_no_objects(shared: Shared) -> None:
    key = add_key(shared.data, "looker", "--account", "ann", "--role", "read")
    reader = Store(shared.ann.http, *key)
    assert reader.send("GET", "/hers/a").content == b"secret"
    for method, path in (("PUT", "/hers/c"), ("DELETE", "/hers/a"), ("PUT", "/more")):
        assert reader.send(method, path).status_code == 403


def _ran(shared: Shared, who: str, command: str, **members: Any) -> Any:
    """Run a job of one instance in a cluster of its own; return the job and what it printed."""
    wire = shared.wires[who]
    auto = {"AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}}
    parameters = {
        "Command": {"CommandLine": command},
        "StdoutRedirectPath": f"oss://{who}-logs/",
        "StderrRedirectPath": f"oss://{who}-logs/",
    }
    job = wire.job({"t": {**task(command), "Parameters": parameters, **auto, **members}})
    ended = wire.ended(job)
    printed = ""
    if ended["State"] == "Finished":
        printed = shared.server.read_object(f"oss://{who}-logs/stdout.{job}.t.0").decode()
    return ended, printed


def test_a_job_reaches_the_objects_of_its_account_alone(shared: Shared) -> None:
    mapping = {"InputMapping": {"oss://hers/": "/home/in/"}}
    command = "cat /home/in/a || echo nothing"
    ended, printed = _ran(shared, "ann", command, **mapping)
    assert (ended["State"], printed) == ("Finished", "secret")
    said: list[tuple[str, str]] = []
    for bucket in ("hers", "none"):
        mapping = {"InputMapping": {f"oss://{bucket}/a": "/home/in/a"}}
        ended, printed = _ran(shared, "bob", command, **mapping)
        said.append((ended["State"], ended["Message"].replace(bucket, "BUCKET")))
        assert printed in ("", "nothing\n")
    assert said[0] == said[1]
    assert _ran(shared, "bob", "echo his")[1] == "his\n"
    # The bucket of the logs was made by the job, and is the account's.
    assert shared.bob.send("GET", "/bob-logs").status_code == 200
    assert shared.ann.send("GET", "/bob-logs").status_code == 404


def test_a_job_writes_nothing_into_what_another_account_has(shared: Shared) -> None:
    mapping = {"OutputMapping": {"/home/out": "oss://hers/written"}}
    ended, _ = _ran(shared, "bob", "mkdir -p /home; echo x > /home/out", **mapping)
    assert ended["State"] == "Failed"
    assert "belongs to another account" in ended["Message"]
    with pytest.raises(ObjectNotFoundError):
        shared.server.read_object("oss://hers/written")


_CLIENT = """
import base64, hashlib, hmac, os, sys, urllib.request, urllib.error
from email.utils import formatdate
def get(path):
    date, token = formatdate(usegmt=True), os.environ["OSS_SESSION_TOKEN"]
    text = f"GET\\n\\n\\n{date}\\nx-oss-security-token:{token}\\n{path}"
    digest = hmac.new(os.environ["OSS_ACCESS_KEY_SECRET"].encode(), text.encode(), hashlib.sha1)
    signature = base64.b64encode(digest.digest()).decode()
    key = os.environ["OSS_ACCESS_KEY_ID"]
    headers = {"Date": date, "x-oss-security-token": token}
    headers["Authorization"] = f"OSS {key}:{signature}"
    request = urllib.request.Request(os.environ["OSS_ENDPOINT"] + path, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return str(error.code)
print(get("/hers/a"))
"""


@pytest.mark.parametrize(("who", "found"), [("ann", "secret"), ("bob", "404")])
def test_key_of_a_program_is_its_accounts(shared: Shared, who: str, found: str) -> None:
    encoded = base64.b64encode(_CLIENT.encode()).decode()
    command = f"echo {encoded} | base64 -d | python3 -"
    ended, printed = _ran(shared, who, command)
    assert (ended["State"], printed.strip()) == ("Finished", found)


def test_limit_of_bytes_holds_for_contents_of_unknown_length_and_for_copies(
    shared: Shared,
) -> None:
    ann = shared.ann
    big = bytes(3 << 20)
    assert ann.send("PUT", "/limited").status_code == 200
    keys(shared.data, "limit", "ann", "--object-bytes", str(5 << 20))
    try:
        assert ann.send("PUT", "/limited/a", big).status_code == 200
        upload = ann.send("POST", "/limited/d?uploads").text
        upload = upload.partition("<UploadId>")[2].partition("<")[0]
        part = f"/limited/d?partNumber=1&uploadId={upload}"
        assert ann.send("PUT", part, bytes(1 << 20)).status_code == 200
        streamed = ann.send(
            "PUT", "/limited/b", (big[at : at + 9999] for at in range(0, 3 << 20, 9999))
        )
        copied = ann.send("PUT", "/limited/c", copy_source="/limited/a")
        parts = [
            ann.send("PUT", f"/limited/d?partNumber=2&uploadId={upload}", big),
            ann.send("PUT", f"/limited/d?partNumber=2&uploadId={upload}", copy_source="/limited/a"),
        ]
        for answer in (streamed, copied, *parts):
            assert (answer.status_code, "QuotaExceeded" in answer.text) == (403, True), answer.text
        for name in "bcd":
            assert ann.send("GET", f"/limited/{name}").status_code == 404
    finally:
        keys(shared.data, "limit", "ann", "--object-bytes", "none")


def test_buckets_and_uploads_are_limited(shared: Shared) -> None:
    dan = Store(shared.ann.http, *add_key(shared.data, "dan"))
    assert dan.send("PUT", "/counted-1").status_code == 200
    begun = [dan.send("POST", f"/counted-1/{key}?uploads") for key in "ab"]
    assert [answer.status_code for answer in begun] == [200, 200]
    keys(shared.data, "limit", "dan", "--buckets", "1", "--uploads", "2")
    for answer in (dan.send("PUT", "/counted-2"), dan.send("POST", "/counted-1/c?uploads")):
        assert (answer.status_code, "QuotaExceeded" in answer.text) == (403, True), answer.text
    assert dan.send("GET", "/counted-2").status_code == 404
    # Nothing is added, and what is there can still be used.
    assert dan.send("PUT", "/counted-1").status_code == 200
    assert dan.send("PUT", "/counted-1/a", b"words").status_code == 200
    assert shared.bob.send("PUT", "/counted-3").status_code == 200
    upload = begun[0].text.partition("<UploadId>")[2].partition("<")[0]
    assert dan.send("DELETE", f"/counted-1/a?uploadId={upload}").status_code == 204
    assert dan.send("POST", "/counted-1/c?uploads").status_code == 200


def test_grant_counts_for_no_other_bucket_of_that_name(shared: Shared) -> None:
    assert run(["keys", "grant", "bob", "--bucket", "handed-on", "--data", str(shared.data)]) == 1
    assert shared.ann.send("PUT", "/handed-on").status_code == 200
    keys(shared.data, "grant", "bob", "--bucket", "handed-on", "--write")
    assert shared.bob.send("PUT", "/handed-on/a", b"words").status_code == 200
    assert shared.ann.send("DELETE", "/handed-on/a").status_code == 204
    assert shared.ann.send("DELETE", "/handed-on").status_code == 204
    assert shared.operator.send("PUT", "/handed-on").status_code == 200
    assert shared.operator.send("PUT", "/handed-on/b", b"other words").status_code == 200
    for path in ("/handed-on", "/handed-on/b"):
        assert shared.bob.send("GET", path).status_code == 404
    wire = shared.wires["bob"]
    auto = {"AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}}
    reads = task("cat /tmp/in", "", 1, **auto, InputMapping={"oss://handed-on/b": "/tmp/in"})
    job = wire.ended(wire.job({"t": reads}))
    assert job["State"] == "Failed"
    assert shared.operator.send("DELETE", "/handed-on/b").status_code == 204
    assert shared.operator.send("DELETE", "/handed-on").status_code == 204
    # Its own owner has it again.
    assert shared.ann.send("PUT", "/handed-on").status_code == 200
    assert shared.bob.send("PUT", "/handed-on/a", b"words").status_code == 200
    keys(shared.data, "revoke", "bob", "--bucket", "handed-on")
