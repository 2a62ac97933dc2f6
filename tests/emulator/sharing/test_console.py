"""Two accounts and the console: pages show what the key shows that opened them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from batchcompute.server import LocalServer
from batchcompute.server.console.application import _LIVE_PAGES, _PAGES, ACTIONS
from batchcompute.server.process.data_folder import DataFolder
from tests.console.conftest import Browser
from tests.emulator.sharing.people import add_key, keys
from tests.emulator.wire import Wire, task

_APP = {"Name": "hers", "CommandLine": "echo hers", "VM": {"ECSImageId": "img-ubuntu"}}


def _opened(wire: Wire) -> Browser:
    """Return a browser that is signed in by a link that the API has made for a key."""
    return Browser(wire.send("POST", "/extensions/console/links").json()["Url"])


def _post(browser: Browser, path: str, **fields: str) -> httpx.Response:
    return browser.post(path, {**fields, "token": browser.token()})


class Shared:
    """A service with a console, and two who look at it."""

    def __init__(self, server: LocalServer, data: Path) -> None:
        self.server, self.data = server, data
        self.wires: dict[str, Wire] = {}
        for name in ("ann", "bob"):
            self.wires[name] = Wire(server.endpoint, *add_key(data, name))
        ann = self.wires["ann"]
        cluster = ann.cluster(1)
        job = ann.job({"t": task("echo hers", cluster)})
        ann.ended(job)
        assert ann.send("POST", "/apps", _APP).status_code == 201
        self.names = {
            "job": job,
            "task": "t",
            "instance": "0",
            "stream": "stdout",
            "cluster": cluster,
            "app": "hers",
            "bucket": "bucket",
            "key:path": "logs/",
        }
        self.ann, self.bob = (_opened(self.wires[name]) for name in ("ann", "bob"))

    def close(self) -> None:
        for browser in (self.ann, self.bob):
            browser.http.close()
        for wire in self.wires.values():
            wire.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    data = tmp_path_factory.mktemp("shared")
    with LocalServer(data, boot_seconds=0.02, slots=2, console_port=0) as server:
        found = Shared(server, data)
        yield found
        found.close()


def _path(template: str, shared: Shared) -> str:
    for name, value in shared.names.items():
        template = template.replace(f"{{{name}}}", value)
    assert "{" not in template, template
    return template


_EVERY = [*_PAGES, *_LIVE_PAGES]


@pytest.mark.parametrize("template", [path for path in _EVERY if "{" in path])
def test_pages_of_what_another_account_has_are_not_there(shared: Shared, template: str) -> None:
    path = _path(template, shared)
    assert shared.ann.get(path).status_code == 200
    assert shared.bob.get(path).status_code == 404


@pytest.mark.parametrize("template", [path for path in _EVERY if "{" not in path])
def test_lists_show_nothing_of_another_account(shared: Shared, template: str) -> None:
    page = shared.bob.get(template)
    # The service as a whole is for whoever runs it.
    assert page.status_code == (404 if template == "/service" else 200)
    for name in ("job", "cluster"):
        assert shared.names[name] not in page.text
    assert ">hers<" not in page.text
    assert "/objects/bucket/" not in page.text


def test_a_search_finds_own_jobs_alone(shared: Shared) -> None:
    assert shared.names["job"] in shared.ann.get("/jobs?q=job").text
    assert shared.names["job"] not in shared.bob.get("/jobs?q=job").text


@pytest.mark.parametrize("template", ACTIONS)
def test_nothing_of_another_account_is_changed(shared: Shared, template: str) -> None:
    fields = {
        "/jobs": {"action": "delete", "id": shared.names["job"]},
        "/clusters/{cluster}": {"action": "delete"},
        "/apps/{app}": {"name": "stolen"},
        "/objects": {"name": "bucket"},
        "/objects/{bucket}/{key:path}": {"action": "delete"},
    }[template]
    path = _path(template, shared).replace("logs/", f"logs/stdout.{shared.names['job']}.t.0")
    _post(shared.bob, path, **fields)
    ann = shared.wires["ann"]
    assert ann.get(f"/jobs/{shared.names['job']}")["State"] == "Finished"
    assert ann.get(f"/clusters/{shared.names['cluster']}")["State"] == "Active"
    assert len(ann.get("/jobs")["Items"]) == 1
    assert shared.wires["bob"].get("/jobs")["Items"] == []
    address = f"oss://bucket/logs/stdout.{shared.names['job']}.t.0"
    assert shared.server.read_object(address) == b"hers\n"


def test_the_command_of_a_granted_app_is_shown_to_its_owner_alone(shared: Shared) -> None:
    ann, bob = (shared.wires[name] for name in ("ann", "bob"))
    config = {"Config": {"ClusterId": shared.names["cluster"]}}
    granted = (("--app", "ann/hers"), ("--cluster", shared.names["cluster"]))
    for kind, name in granted:
        keys(shared.data, "grant", "bob", kind, name)
    runs = [
        (
            wire,
            wire.create("/jobs", {"Name": "j", "Type": "App", "App": {"AppName": app, **config}}),
        )
        for wire, app in ((ann, "hers"), (bob, ":hers"))
    ]
    for wire, run in runs:
        wire.ended(run)
    for kind, name in granted:
        keys(shared.data, "revoke", "bob", kind, name)
    for page in ("", "/instances/0"):
        assert "echo hers" in shared.ann.get(f"/jobs/{runs[0][1]}/tasks/task{page}").text
        his = shared.bob.get(f"/jobs/{runs[1][1]}/tasks/task{page}")
        assert his.status_code == 200
        assert "echo hers" not in his.text
    for path in ("", "?view=description", "?view=tasks"):
        assert "echo hers" not in shared.bob.get(f"/jobs/{runs[1][1]}{path}").text
    for path in ("?Detail=True", "/tasks", "/tasks/task", "/tasks/task/instances"):
        assert "echo hers" not in bob.send("GET", f"/jobs/{runs[1][1]}{path}").text
    for wire, run in runs:
        assert wire.send("DELETE", f"/jobs/{run}").status_code == 204


def test_audit_log_knows_what_was_done_to_objects_by_the_console(shared: Shared) -> None:
    _post(shared.ann, "/objects", name="by-console")
    token = {"x-console-token": shared.ann.token()}
    sent = {"Origin": shared.ann.origin, "Sec-Fetch-Site": "same-origin", **token}
    put = shared.ann.http.put("/objects/by-console/a", content=b"x", headers=sent)
    assert put.status_code == 201
    _post(shared.ann, "/objects/by-console/a", action="delete")
    lines = DataFolder(shared.data).audit_log.read_text().splitlines()
    found = [line for line in map(json.loads, lines) if "by-console" in str(line["Target"])]
    key = {"Bucket": "by-console", "Key": "a"}
    assert [(line["Action"], line["Account"], line["Target"]) for line in found] == [
        ("PutBucket", 2, {"Bucket": "by-console"}),
        ("PutObject", 2, key),
        ("DeleteObject", 2, key),
    ]


def test_limit_of_bytes_holds_for_the_console(shared: Shared) -> None:
    _post(shared.ann, "/objects", name="limited")
    sent = {
        "Origin": shared.ann.origin,
        "Sec-Fetch-Site": "same-origin",
        "x-console-token": shared.ann.token(),
    }
    keys(shared.data, "limit", "ann", "--object-bytes", "100000")
    try:
        put = shared.ann.http.put("/objects/limited/a", content=bytes(200_000), headers=sent)
        assert put.status_code == 403
        assert "ObjectBytes (100000) quota" in put.text
        assert shared.ann.http.get("/objects/limited/a").status_code == 404
        small = shared.ann.http.put("/objects/limited/b", content=b"x", headers=sent)
        assert small.status_code == 201
    finally:
        keys(shared.data, "limit", "ann", "--object-bytes", "none")


def test_limit_of_buckets_holds_for_the_console(shared: Shared) -> None:
    keys(shared.data, "limit", "ann", "--buckets", "0")
    try:
        assert "Buckets (0) quota" in _post(shared.ann, "/objects", name="one-more").text
    finally:
        keys(shared.data, "limit", "ann", "--buckets", "none")
    assert "one-more" not in shared.ann.page("/objects")


def test_a_key_that_reads_only_changes_nothing_and_a_session_ends_with_its_key(
    shared: Shared,
) -> None:
    key = add_key(shared.data, "looker", "--account", "ann", "--role", "read")
    wire = Wire(shared.server.endpoint, *key)
    browser = _opened(wire)
    page = browser.get(f"/jobs/{shared.names['job']}")
    assert page.status_code == 200
    assert 'value="delete"' not in page.text
    refused = _post(browser, "/jobs", action="delete", id=shared.names["job"])
    assert refused.status_code == 403
    keys(shared.data, "disable", "looker")
    assert browser.get("/jobs").status_code == 401
    browser.http.close()
    wire.close()


def test_the_link_of_whoever_runs_the_service_shows_everything(shared: Shared) -> None:
    with httpx.Client(timeout=60, trust_env=False) as http:
        link = shared.server.console_link()
        assert http.get(link).status_code == 200
        assert shared.names["job"] in http.get(f"{httpx.URL(link).join('/jobs')}").text
        assert http.get(f"{httpx.URL(link).join('/service')}").status_code == 200
