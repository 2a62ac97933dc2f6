"""Requests that nobody means: each gets a clear error of the API, and none an error of ours."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchcompute.server import LocalServer
from batchcompute.server.api import application
from tests.emulator.raw import Answer, Habits, RawClient, address, exchange
from tests.emulator.wire import Wire, sign, task

EXAMPLES = Path(__file__).parents[2] / "spec" / "examples"
LIMIT = 256 * 1024
PLAIN = Habits("plain", "application/json", "none")

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
TARGETS = (
    "/jobs",
    "/jobs?sync",
    "/jobs/job-1",
    "/jobs/job-1?description",
    "/jobs/job-1/stop",
    "/jobs/job-1/start",
    "/jobs/job-1/tasks",
    "/jobs/job-1/tasks/t/instances",
    "/jobs/job-1/tasks/t/instances/0",
    "/clusters",
    "/clusters/cls-1",
    "/clusters/cls-1/groups/g/instances",
    "/clusters/cls-1/groups/g/instances/i-1/recreate",
    "/images",
    "/images/img-1",
    "/apps",
    "/apps/none",
    "/apps/none?Detail=True",
    "/apps/none?Revisions=True",
    "/quotas",
    "/available",
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A service of its own, for some of the requests make things that stay."""
    with LocalServer(boot_seconds=0.05, slots=8) as running:
        yield running


@pytest.fixture
def client(wire: Wire) -> RawClient:
    return RawClient(wire, PLAIN)


def check(answer: Answer) -> None:
    """See that an answer is one of the API, whatever was asked."""
    assert answer.status < 500, answer.body
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    if answer.status >= 400 and answer.body:
        assert set(answer.json) == {"Code", "Message", "RequestId"}


def refusal(answer: Answer) -> tuple[int, str]:
    check(answer)
    return answer.status, answer.json["Code"]


def job_of_size(size: int) -> bytes:
    """Describe a job in exactly so many bytes; it names a cluster that there is not."""
    body = {
        "Name": "j",
        "Type": "DAG",
        "DAG": {"Tasks": {"t": task("true", "cls-none")}},
        "Padding": "",
    }
    missing = size - len(json.dumps(body))
    return json.dumps({**body, "Padding": "x" * missing}).encode()


def chunked(wire: Wire, body: bytes, *, piece: int = 10_000) -> Answer:
    """Send a body in chunks, without a word about its length."""
    headers = wire.headers()
    headers["Authorization"] = sign("POST", "/jobs", headers, wire.key_id, wire.secret)
    headers.update({"Host": "localhost", "Transfer-Encoding": "chunked"})
    lines = ["POST /jobs HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    sent = "\r\n".join([*lines, "", ""]).encode()
    for start in range(0, len(body), piece):
        part = body[start : start + piece]
        sent += b"%x\r\n%s\r\n" % (len(part), part)
    return exchange(wire, sent + b"0\r\n\r\n")


@pytest.mark.parametrize("way", ["whole", "chunked"])
@pytest.mark.parametrize(
    ("size", "code"),
    [
        (LIMIT - 1, "InvalidClusterId"),
        (LIMIT, "InvalidClusterId"),
        (LIMIT + 1, "InvalidHttpBody"),
        (10 * LIMIT, "InvalidHttpBody"),
    ],
)
def test_bodies_around_the_limit(client: RawClient, way: str, size: int, code: str) -> None:
    body = job_of_size(size)
    assert len(body) == size
    whole = way == "whole"
    answer = client.send("POST", "/jobs", body) if whole else chunked(client.wire, body)
    assert refusal(answer) == (400, code)
    if code == "InvalidHttpBody":
        assert answer.json["Message"] == (
            "Specified parameter HttpBody is not valid. Its size must be in [0, 262144]."
        )


@pytest.mark.parametrize(("size", "beside"), [(1_000, False), (LIMIT, True)])
def test_a_large_body_is_read_beside_the_event_loop(
    client: RawClient, monkeypatch: pytest.MonkeyPatch, size: int, beside: bool
) -> None:
    """It takes tens of milliseconds, in which all others would wait."""
    threads: list[str] = []

    def note(name: str) -> None:
        original = getattr(application, name)

        def noted(*arguments: Any) -> Any:
            threads.append(threading.current_thread().name)
            return original(*arguments)

        monkeypatch.setattr(application, name, noted)

    for name in ("parse_body", "check_body"):
        note(name)
    client.send("POST", "/jobs", job_of_size(size))
    assert [name != "http" for name in threads] == [beside, beside]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"Name": "j", "Name": "k"}', "InvalidJsonFormat"),
        (b'{"DAG": {"Tasks": {"t": {}, "t": {}}}}', "InvalidJsonFormat"),
        (b'{"Name": NaN}', "InvalidJsonFormat"),
        (b'{"Name": -Infinity}', "InvalidJsonFormat"),
        (b'{"Priority": 1e400}', "InvalidJsonFormat"),
        (b'{"Padding": -1e999}', "InvalidJsonFormat"),
        (b'{"Priority": ' + b"9" * 5000 + b"}", "InvalidJsonFormat"),
        (b'{"Name": "\xff"}', "InvalidJsonFormat"),
        (b'{"Name": "\xed\xa0\x80"}', "InvalidJsonFormat"),
        (b'{"Name": "\\ud800"}', "InvalidJsonFormat"),
        (b'{"Name": "\\udc00\\ud800"}', "InvalidJsonFormat"),
        (b'{"Name": "a\nb"}', "InvalidJsonFormat"),
        (b'\xef\xbb\xbf{"Name": "j"}', "InvalidJsonFormat"),
        ('{"Name": "j"}'.encode("utf-16"), "InvalidJsonFormat"),
        (b"{'Name': 'j'}", "InvalidJsonFormat"),
        (b'{"Name": "j",}', "InvalidJsonFormat"),
        (b'{"Name": "j"} {}', "InvalidJsonFormat"),
        (b"[" * 100_000, "InvalidJsonFormat"),
        (b"[" * 100_000 + b"]" * 100_000, "InvalidJsonFormat"),
        (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, "InvalidJsonFormat"),
        (b'"text"', "InvalidHttpBody"),
        (b"null", "InvalidHttpBody"),
        (b"12", "InvalidHttpBody"),
        (gzip.compress(b'{"Name": "j"}', mtime=0), "InvalidHttpBody"),
        (b"   ", "InvalidJsonFormat"),
        (b"\0", "InvalidJsonFormat"),
    ],
)
@pytest.mark.parametrize("target", ["/jobs", "/clusters", "/images", "/apps"])
def test_bodies_that_are_no_json_object(
    client: RawClient, target: str, body: bytes, code: str
) -> None:
    assert refusal(client.send("POST", target, body)) == (400, code)


def test_repeated_name_is_named(client: RawClient) -> None:
    body = b'{"DAG": {"Tasks": {"again": {}, "other": {}, "again": {}}}}'
    message = client.send("POST", "/jobs", body).json["Message"]
    assert message == (
        "The request body has an invalid json format. The name 'again' is there twice."
    )


@pytest.mark.parametrize("depth", [100, 199, 200])
def test_what_is_nested_deeply_is_stored_and_echoed(client: RawClient, depth: int) -> None:
    """What is let in can be written out again, however it is nested."""
    cluster = client.wire.cluster(0)
    dag = json.dumps({"Tasks": {"t": task("true", cluster)}})
    nested = "[" * depth + "]" * depth
    body = f'{{"Name": "j", "Type": "DAG", "Unknown": {nested}, "DAG": {dag}}}'.encode()
    job = client.send("POST", "/jobs", body).json["Id"]
    assert json.dumps(client.send("GET", f"/jobs/{job}?description").json["Unknown"]) == nested
    assert client.send("POST", f"/jobs/{job}/stop").status == 201


def test_what_is_nested_deeper_is_not(client: RawClient) -> None:
    body = b'{"Unknown": ' + b"[" * 201 + b"]" * 201 + b"}"
    assert refusal(client.send("POST", "/jobs", body)) == (400, "InvalidJsonFormat")


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ({"Priority": 2**31}, "InvalidPriority"),
        ({"Priority": 10**30}, "InvalidPriority"),
        ({"Priority": -1}, "InvalidPriority"),
        ({"Priority": 1.5}, "InvalidPriority"),
        ({"Priority": True}, "InvalidPriority"),
        ({"Name": "x" * 65}, "InvalidName"),
        ({"Name": "a\0b"}, "InvalidName"),
        ({"Name": ""}, "InvalidName"),
        ({"Name": 7}, "InvalidName"),
        ({"Description": "x" * 1025}, "InvalidDescription"),
        ({"AutoRelease": "yes"}, "InvalidAutoRelease"),
        ({"JobFailOnInstanceFail": 1}, "InvalidJobFailOnInstanceFail"),
        ({"DAG": []}, "InvalidDAG"),
        ({"DAG": {"Tasks": {}}}, "InvalidTasks"),
        ({"DAG": None}, "MissingDAG"),
    ],
)
def test_values_out_of_range(client: RawClient, member: dict[str, Any], code: str) -> None:
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task("true", "cls-none")}}}
    answer = client.send("POST", "/jobs", json.dumps({**body, **member}).encode())
    assert refusal(answer) == (400, code)


@pytest.mark.parametrize("member", ["InstanceCount", "MaxRetryCount", "Timeout"])
@pytest.mark.parametrize("value", [2**31, 2**63, 10**30, -(10**30), 1e300])
def test_numbers_that_no_database_holds(client: RawClient, member: str, value: float) -> None:
    tasks = {"t": {**task("true", "cls-none"), member: value}}
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": tasks}}
    answer = client.send("POST", "/jobs", json.dumps(body).encode())
    assert refusal(answer) == (400, f"Invalid{member}")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/jobs/%00", 400),
        ("/jobs/job-1%00", 400),
        ("/jobs?Marker=%00", 403),
        ("/apps/a%2Fb", 404),
        ("/apps/%ff%fe", 404),
        ("/jobs/%", 404),
        ("/jobs/%zz", 404),
        ("/jobs//tasks", 404),
        ("//jobs", 400),
        ("/jobs/../clusters", 400),
        ("/jobs/job-1/tasks/t/instances/-1", 404),
        ("/jobs/job-1/tasks/t/instances/99999999999999999999", 404),
        ("/jobs?MaxItemCount=99999999999999999999", 400),
        ("/jobs?MaxItemCount=%D9%A1", 400),
        ("/jobs?MaxItemCount=1e1", 400),
        ("/jobs?IsReverse=perhaps", 400),
        ("/jobs?Marker=" + "x" * 5000, 200),
        ("/jobs/" + "x" * 5000, 404),
    ],
)
def test_targets_that_nobody_means(client: RawClient, target: str, status: int) -> None:
    answer = client.send("GET", target)
    check(answer)
    assert answer.status == status, answer.body


@pytest.mark.parametrize(
    "head",
    [
        b"GET /jobs HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 200_000,
        b"GET /jobs HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: x\r\n" * 20_000,
        b"GET /jobs?" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost",
    ],
)
@pytest.mark.parametrize("ending", [b"\r\n\r\n", b""])
def test_a_head_that_is_too_long_ends_the_connection(
    client: RawClient, head: bytes, ending: bytes
) -> None:
    assert exchange(client.wire, head + ending).status == 400
    client.wire.get("/jobs")


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /jobs HTTP/9.9\r\nHost: a\r\n\r\n",
        b"POST /jobs HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /jobs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
        bytes(range(256)) * 8,
    ],
)
def test_what_is_no_http_harms_nothing(wire: Wire, request_: bytes) -> None:
    answer = b""
    link = socket.create_connection(address(wire), timeout=60)
    # A server that has read enough may go before it has read everything, which resets the
    # connection behind its answer.
    with link, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        link.sendall(request_)
        link.shutdown(socket.SHUT_WR)
        while more := link.recv(1 << 16):
            answer += more
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    wire.get("/jobs")


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
@pytest.mark.parametrize("framing", ["whole", "chunked"])
def test_no_other_protocol_is_spoken(wire: Wire, protocol: str, framing: str) -> None:
    """Such an offer changes nothing, neither for its request nor for the next on its connection."""
    body = {"Name": "a", "EcsImageId": "m-1", "Platform": "Linux"}
    content = json.dumps(body).encode()
    sent = b""
    for method, target in (("GET", "/jobs"), ("POST", "/images"), ("GET", "/images")):
        headers = wire.headers()
        headers["Authorization"] = sign(method, target, headers, wire.key_id, wire.secret)
        headers |= {"Host": "localhost", "Connection": "Upgrade", "Upgrade": protocol}
        last = target == "/images" and method == "GET"
        if last:
            headers["Connection"] = "close"
        if method == "POST" and framing == "chunked":
            headers["Transfer-Encoding"] = "chunked"
        elif method == "POST":
            headers["Content-Length"] = str(len(content))
        lines = [f"{method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
        sent += "\r\n".join([*lines, "", ""]).encode()
        if method == "POST":
            chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
            sent += chunk if framing == "chunked" else content
    received = b""
    with socket.create_connection(address(wire), timeout=60) as link:
        # In pieces, as a network may deliver them.
        for start in range(0, len(sent), 700):
            link.sendall(sent[start : start + 700])
        while more := link.recv(1 << 16):
            received += more
    assert re.findall(rb"HTTP/1.1 (\d+) ", received) == [b"200", b"201", b"200"], received


def test_a_client_that_leaves_in_the_middle_harms_nothing(client: RawClient) -> None:
    for _ in range(5):
        with socket.create_connection(address(client.wire)) as link:
            link.sendall(b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
    client.wire.get("/jobs")


def test_requests_one_after_the_other_on_one_connection(client: RawClient) -> None:
    """An error does not take the connection from the next request."""
    for body, code in ((b"{", "InvalidJsonFormat"), (b"x" * (LIMIT + 1), "InvalidHttpBody")):
        for _ in range(2):
            assert client.wire.refused("POST", "/jobs", body)[1] == code
    client.wire.get("/jobs")


_fuzz = settings(
    max_examples=max(300, settings().max_examples),
    suppress_health_check=[
        *settings().suppress_health_check,
        HealthCheck.function_scoped_fixture,
    ],
)
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["Name", "Type", "DAG", "Tasks", "Groups", "g", "t", "Parameters", "Command", "VM"]
            )
            | st.text(max_size=10),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@_fuzz
@given(st.sampled_from(METHODS), st.sampled_from(TARGETS), st.binary(max_size=300))
def test_any_bytes_anywhere(client: RawClient, method: str, target: str, body: bytes) -> None:
    check(client.send(method, target, body))


@_fuzz
@given(st.sampled_from(["POST", "PUT"]), st.sampled_from(TARGETS), _json)
def test_any_json_anywhere(client: RawClient, method: str, target: str, body: Any) -> None:
    check(client.send(method, target, json.dumps(body).encode()))


@_fuzz
@given(
    st.sampled_from(METHODS),
    st.lists(st.text(max_size=12), min_size=1, max_size=8),
    st.dictionaries(
        st.sampled_from(["Marker", "MaxItemCount", "State", "Detail", "Qualifier", "sync"])
        | st.text(max_size=8),
        st.text(max_size=12) | st.integers().map(str),
        max_size=4,
    ),
)
def test_any_path_and_query(
    client: RawClient, method: str, path: list[str], query: dict[str, str]
) -> None:
    target = "".join(f"/{quote(part, safe='')}" for part in path)
    # Sorted and without an `=` that has nothing behind it, as it is signed.
    asked = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in query.items())
    parts = [f"{name}={value}" if value else name for name, value in asked if name]
    check(client.send(method, target + ("?" + "&".join(parts) if parts else "")))


@_fuzz
@given(
    st.sampled_from(["jobs", "clusters", "images", "apps"]),
    st.lists(
        st.sampled_from(["tasks", "groups", "instances", "0", "g", "t", "recreate", "stop", ""])
        | st.text(max_size=5).map(lambda text: quote(text, safe="")),
        max_size=7,
    ),
    st.sampled_from(METHODS),
)
def test_any_way_through_the_routes(
    client: RawClient, first: str, rest: list[str], method: str
) -> None:
    check(client.send(method, "/".join(["", first, *rest])))


REAL = {
    "create-job-dag.request.json": ("POST", "/jobs"),
    "create-job-python-sdk.request.json": ("POST", "/jobs"),
    "create-app-job-python-sdk.request.json": ("POST", "/jobs"),
    "create-job-sync.request.json": ("POST", "/jobs?sync"),
    "create-app.request.json": ("POST", "/apps"),
    "create-app-python-sdk.request.json": ("PUT", "/apps/none"),
    "create-image.request.json": ("POST", "/images"),
    "modify-cluster.request.json": ("PUT", "/clusters/cls-none"),
}


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a body, as the object or array that holds it, and its name there."""
    for name in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, name
        if isinstance(node[name], dict | list):
            yield from places(node[name])


@_fuzz
@given(st.sampled_from(sorted(REAL)), st.integers(0, 10_000), _json)
def test_any_change_of_a_real_body(client: RawClient, name: str, place: int, value: Any) -> None:
    """Most rules are looked at only in a body that is right in all other places."""
    body = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    for each in body.get("DAG", {}).get("Tasks", {}).values():
        # Nothing is to run, whatever becomes of the rest.
        each.pop("AutoCluster", None)
        each["ClusterId"] = "cls-none"
    found = list(places(body))
    holder, member = found[place % len(found)]
    holder[member] = value
    method, target = REAL[name]
    check(client.send(method, target, json.dumps(body).encode()))


def test_no_target_makes_a_line_of_the_log(
    server: LocalServer, caplog: pytest.LogCaptureFixture
) -> None:
    where = urlsplit(server.endpoint)
    with caplog.at_level("DEBUG", "batchcompute.server.api"):
        for target in (b"/x%0a2026-01-01%20forged", b"/x\x85forged", b"/x?a=%0aforged\xe2\x80\xa8"):
            with socket.create_connection((where.hostname, where.port), timeout=60) as connection:
                connection.sendall(
                    b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target
                )
                while connection.recv(65536):
                    pass
    assert "/x%0a2026-01-01%20forged" in caplog.text
    assert not [line for line in caplog.messages if len(line.splitlines()) != 1]
