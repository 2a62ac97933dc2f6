"""What the pages show of real jobs, over HTTP."""

from __future__ import annotations

import gzip
import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.console import languages
from batchcompute.server.console.logs import PART, read_part
from batchcompute.server.console.pages.jobs import DONE, LEFT
from batchcompute.server.explain import codes
from batchcompute.server.objects import open_store
from tests.console.conftest import Browser
from tests.emulator.wire import Wire, task

_CONSOLE = Path(languages.__file__).parent
_HOSTILE = "<script>alert(1)</script>"
_AUTO: dict[str, Any] = {"AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}}


@pytest.fixture(scope="module")
def pipeline(wire: Wire) -> str:
    """A job that has failed, of which one task never ran."""
    command = "sh -c \"echo '<script>alert(1)</script>' >&2; printf '\\033[31mred' >&2; exit 3\""
    tasks = {
        "split": task("echo split", **_AUTO),
        "work": task(command, count=3, **_AUTO),
        "merge": task("true", **_AUTO),
    }
    job = wire.job(tasks, {"split": ["work"], "work": ["merge"]}, Name="pipeline", Priority=1)
    assert wire.ended(job)["State"] == "Failed"
    return job


def test_jobs_are_listed_and_filtered(browser: Browser, pipeline: str) -> None:
    link = f'href="/jobs/{pipeline}"'
    for query in ("", "?state=Failed", "?q=PIPE", f"?q={pipeline[:30]}&state=Failed"):
        assert link in browser.page(f"/jobs{query}"), query
    for query in ("?state=Running", "?q=nothing-like-it", "?q=%25", "?q=pipe&cluster=cls-none"):
        assert link not in browser.page(f"/jobs{query}"), query


def test_job_is_drawn_and_explained(browser: Browser, pipeline: str) -> None:
    page = browser.page(f"/jobs/{pipeline}")
    assert page.count('class="edge"') == 2
    assert f'href="/jobs/{pipeline}/tasks/work"' in page
    assert "3" in re.findall(r'<p class="why bad"><span lang="en">(.*)</span>', page)[0]
    for view in ("tasks", "timeline", "description"):
        assert "split" in browser.page(f"/jobs/{pipeline}?view={view}")


def test_task_shows_all_instances(browser: Browser, pipeline: str) -> None:
    page = browser.page(f"/jobs/{pipeline}/tasks/work")
    assert len(set(re.findall(r'href="[^"]*/tasks/work/instances/(\d)"', page))) == 3
    cells = browser.get(f"/jobs/{pipeline}/tasks/work/cells").json()
    letters = cells["cells"] + cells["of"] * cells["rest"]
    assert len(letters) == 3
    assert "X" in letters


def test_instance_shows_its_log_as_text(browser: Browser, pipeline: str) -> None:
    failed = browser.page(f"/jobs/{pipeline}/tasks/work?state=Failed")
    found = re.search(rf'href="(/jobs/{pipeline}/tasks/work/instances/\d+)"', failed)
    assert found is not None
    page = browser.page(found[1])
    assert _HOSTILE not in page
    assert html.escape(_HOSTILE) in page
    part = browser.get(f"{found[1]}/log?stream=stderr").json()
    assert part["text"] == f"{_HOSTILE}\n\x1b[31mred"
    assert (part["line"], part["over"], part["end"]) == (1, True, part["size"])
    rest = browser.get(f"{found[1]}/log?stream=stderr&from={len(_HOSTILE) + 1}").json()
    assert (rest["text"], rest["line"]) == ("\x1b[31mred", 2)
    # Whoever follows has counted already, and asks each second.
    path = f"{found[1]}/log?stream=stderr&follow=yes&from={len(_HOSTILE) + 1}"
    followed = browser.get(path).json()
    assert followed == {**rest, "line": 0}
    sent = browser.get(f"{found[1]}/stderr")
    assert sent.content == f"{_HOSTILE}\n\x1b[31mred".encode()
    assert sent.headers["content-disposition"].startswith("attachment")
    assert sent.headers["content-type"] == "application/octet-stream"


def test_instance_shows_all_its_attempts(browser: Browser, wire: Wire) -> None:
    failing = task("sh -c 'exit 3'", **_AUTO, MaxRetryCount=2)
    job = wire.job({"work": failing}, Name="retried")
    wire.ended(job)
    page = browser.page(f"/jobs/{job}/tasks/work/instances/0")
    rows = re.findall(r'<tr id="attempt-(\d+)">(.*)</tr>', page)
    assert [number for number, _ in rows] == ["1", "2", "3"]
    assert all("exit code 3" in row and "Failed" in row for _, row in rows)


def test_page_of_a_failed_job_leads_to_the_log_of_what_failed(browser: Browser, wire: Wire) -> None:
    lacking = task("true", **_AUTO, InputMapping={"oss://bucket/nothing": "/home/in"})
    job = wire.job({"work": lacking})
    wire.ended(job)
    instance = f"/jobs/{job}/tasks/work/instances/0"
    for path in (f"/jobs/{job}", f"/jobs/{job}/tasks/work"):
        assert f'<a href="{instance}">Log of instance 0</a>' in browser.page(path)
    # Its program never began, so there is no exit code to show.
    assert "<dt>Exit code</dt><dd>\N{EN DASH}</dd>" in browser.page(instance)


def test_clusters_are_shown_and_scaled(browser: Browser, wire: Wire) -> None:
    made = wire.cluster(2, Name="bold", Description="<b>bold</b>")
    assert f'href="/clusters/{made}"' in browser.page("/clusters")
    wire.until(f"/clusters/{made}", lambda shown: shown["Metrics"]["RunningCount"] == 2)
    page = browser.page(f"/clusters/{made}")
    assert "bold" in page
    fields = {"token": browser.token(), "group": "group"}
    browser.post(f"/clusters/{made}", {**fields, "action": "scale", "count": "1"})
    assert wire.get(f"/clusters/{made}")["Groups"]["group"]["DesiredVMCount"] == 1
    refused = browser.post(f"/clusters/{made}", {**fields, "action": "scale", "count": "-1"})
    assert refused.status_code == 400
    browser.post(f"/clusters/{made}", {**fields, "action": "delete"})
    assert wire.send("GET", f"/clusters/{made}").status_code in (200, 404)
    assert browser.get("/clusters/cls-none").status_code == 404


def test_app_is_run_from_its_form(browser: Browser, wire: Wire) -> None:
    body = {
        "Name": "greet",
        "CommandLine": "echo ${who}",
        "VM": {"ECSImageId": "img-ubuntu"},
        "InputParameters": {"who": {"Type": "String"}},
        "OutputParameters": {},
    }
    assert wire.send("POST", "/apps", body).status_code == 201
    assert "greet" in browser.page("/apps")
    assert 'name="Inputs:who"' in browser.page("/apps/greet")
    fields = {"token": browser.token(), "name": "hello", "Inputs:who": "world"}
    answer = browser.post("/apps/greet", fields)
    assert answer.status_code == 303
    job = answer.headers["location"].rpartition("/")[2]
    assert wire.get(f"/jobs/{job}")["Name"] == "hello"
    wire.ended(job)
    answer = browser.post("/apps/greet", {**fields, "Inputs:nobody": "x"})
    assert answer.headers["location"] == "/apps/greet"
    assert "nobody" in browser.page("/apps/greet")


def test_objects_are_browsed_stored_and_sent(browser: Browser, server: LocalServer) -> None:
    name = "<i>a b.txt"
    server.write_object(f"oss://files/deep/{name}", "content")
    assert 'href="/objects/files/"' in browser.page("/objects")
    assert 'href="/objects/files/deep/"' in browser.page("/objects/files/")
    page = browser.page("/objects/files/deep/")
    assert html.escape(name) in page
    assert name not in page
    path = f"/objects/files/deep/{quote(name)}"
    assert browser.get(path).content == b"content"
    token = browser.token()
    own = {"Origin": browser.origin, "Sec-Fetch-Site": "same-origin"}
    put = browser.http.put("/objects/files/new", content=b"new", headers=own)
    assert put.status_code == 403
    own["X-Console-Token"] = token
    put = browser.http.put("/objects/files/new", content=b"new", headers=own)
    assert put.status_code == 201
    assert server.read_object("oss://files/new") == b"new"
    put = browser.http.put("/objects/files/a%2f..%2f..%2fb", content=b"new", headers=own)
    assert put.status_code == 400
    browser.post("/objects/files/new", {"token": token, "action": "delete"})
    assert browser.get("/objects/files/new").status_code == 404
    assert browser.get("/objects/nobody/").status_code == 404


def test_characters_that_hide_or_turn_others_are_seen(
    browser: Browser, server: LocalServer, wire: Wire
) -> None:
    name = "harmless\u202egnp.exe"
    server.write_object(f"oss://turned/{name}", "content")
    cluster = wire.cluster(0, Description=f"{name}\x9b2J\n\té")
    shown = "harmless\\u202egnp.exe"
    assert f"{shown}\\u009b2J\n\té" in html.unescape(browser.page(f"/clusters/{cluster}"))
    page = browser.page("/objects/turned/")
    assert shown in page
    assert "\u202e" not in page
    # It is still found under its own name.
    assert browser.page(f"/objects/turned/{quote(name)}") == "content"


def test_bucket_is_made(browser: Browser, server: LocalServer) -> None:
    token = browser.token()
    answer = browser.post("/objects", {"token": token, "name": "made-here"})
    assert answer.headers["location"] == "/objects/made-here/"
    assert "There is nothing here." in browser.page("/objects/made-here/")
    for name in ("made-here", "A", "../x", "a/b"):
        answer = browser.post("/objects", {"token": token, "name": name})
        assert answer.headers["location"] == "/objects"
        assert "notice bad" in browser.page("/objects"), name
    assert 'href="/objects/made-here/"' in browser.page("/objects")


def test_service_shows_its_pools(browser: Browser, wire: Wire) -> None:
    made = wire.cluster(2)
    wire.until(f"/clusters/{made}", lambda shown: shown["Metrics"]["RunningCount"] == 2)
    job = wire.job({"long": task("sleep 600", made)})
    wire.until(f"/jobs/{job}", lambda shown: shown["InstanceMetrics"]["RunningCount"] == 1)
    row = re.findall(rf"<tr>.*/clusters/{made}\?.*</tr>", browser.page("/service"))[0]
    assert re.findall(r'<td class="num[ m]*">(\d+)</td>', row) == ["1", "2", "0", "2"]
    wire.send("POST", f"/jobs/{job}/stop")


def test_service_and_images_are_shown(browser: Browser, pipeline: str) -> None:
    assert "img-ubuntu" in browser.page("/images")
    page = browser.page("/service")
    assert "SQLite" in page
    assert "The service is ready." in page
    rates = re.search(r"last minute</span><b class=\"big\">(\d+)", page)
    assert rates is not None
    assert pipeline


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/job-none",
        "/jobs/job-none/tasks/t",
        "/jobs/job-none/tasks/t/cells",
        "/jobs/job-none/tasks/t/instances/0",
        "/jobs/%3Cscript%3E",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_said(browser: Browser, path: str) -> None:
    response = browser.get(path)
    assert response.status_code == 404
    assert "<script>" not in response.text


@pytest.mark.parametrize("number", ["9", "-1", "x", "9" * 30])
def test_instance_of_no_number_is_not_there(browser: Browser, pipeline: str, number: str) -> None:
    assert browser.get(f"/jobs/{pipeline}/tasks/work/instances/{number}").status_code == 404


def test_actions_go_through_the_rules(browser: Browser, wire: Wire) -> None:
    one, two = (wire.job({"only": task("sleep 600", **_AUTO)}, Name="sleeper") for _ in "12")
    token = browser.token()

    def act(action: str, **fields: object) -> str:
        browser.post("/jobs", {"token": token, "action": action, **fields})
        return browser.page("/jobs?q=sleeper")

    def state(job: str) -> str:
        return str(wire.get(f"/jobs/{job}")["State"])

    assert "current resource state" in act("delete", id=one)
    assert "Stopped 1 job." in act("stop", id=one)
    assert state(one) == "Stopped"
    assert state(two) != "Stopped"
    act("priority", id=one, priority="7")
    assert wire.get(f"/jobs/{one}")["Priority"] == 7
    for number in ("1001", "9" * 5000):
        wrong = {"token": token, "action": "priority", "id": one, "priority": number}
        assert browser.post("/jobs", wrong).status_code == 400
    act("start", id=[one])
    assert state(one) in ("Waiting", "Running")
    # All that match, and nothing else.
    assert "Stopped 2 jobs" in act("stop", scope="all", q="sleeper")
    assert state(one) == state(two) == "Stopped"
    act("delete", scope="all", q="sleeper", state="Stopped")
    assert wire.send("GET", f"/jobs/{one}").status_code == 404
    assert wire.send("GET", f"/jobs/{two}").status_code == 404


def test_back_leads_to_no_other_site(browser: Browser) -> None:
    fields = {"token": browser.token(), "action": "stop", "id": "x", "back": "//evil.example/"}
    assert browser.post("/jobs", fields).headers["location"] == "/"


def test_pages_speak_chinese(browser: Browser, pipeline: str) -> None:
    token = browser.token()
    browser.post("/preferences", {"token": token, "language": "zh", "theme": "dark"})
    page = browser.page(f"/jobs/{pipeline}")
    assert '<html lang="zh" data-theme="dark">' in page
    assert languages.translate("Failed", "zh") in page
    assert "<strong>任务 " in page
    assert "程序退出码为 " in page


def test_browser_gets_the_language_that_it_likes() -> None:
    assert languages.choose("zh-CN,zh;q=0.9,en;q=0.8") == "zh"
    assert languages.choose("de,en;q=0.8,zh;q=0.9") == "zh"
    assert languages.choose("de") == languages.choose("") == languages.choose("zh;q=x") == "en"


def test_every_text_has_its_chinese() -> None:
    texts: set[str] = set()
    for template in (_CONSOLE / "templates").glob("*.html"):
        found = re.findall(r"\b_\(\s*(?:'([^']*)'|\"([^\"]*)\")", template.read_text())
        texts |= {one or two for one, two in found}
        # Of a text that counts, the form for many.
        texts |= set(re.findall(r"\b_n\([^']*'[^']*', '([^']*)'", template.read_text()))
    for module in _CONSOLE.rglob("*.py"):
        texts |= set(re.findall(r'view\.tell\(\s*"\w+",\s*"([^"]+)"', module.read_text()))
    texts |= {many for _, many in (*DONE.values(), LEFT)}
    assert len(texts) > 80
    assert sorted(texts - set(languages.chinese())) == []
    for english, chinese in languages.chinese().items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese))
    kinds = {each for each in vars(codes).values() if isinstance(each, str) and each.isalpha()}
    assert set(languages.explanations()) == kinds
    assert not [kind for kind, known in languages.explanations().items() if "{" in known[-1]]


def test_files_are_small() -> None:
    files = [*(_CONSOLE / "static").glob("*.js"), *(_CONSOLE / "static").glob("*.css")]
    assert len(files) > 3
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 60_000


def test_log_is_read_in_parts(tmp_path: Path) -> None:
    objects = open_store(tmp_path)
    assert read_part(objects, "oss://b/none", None) is None
    lines = "".join(f"{number} é\n" for number in range(60_000))
    objects.put_bytes(lines.encode(), "oss://b/log")
    last = read_part(objects, "oss://b/log", None)
    assert last is not None
    assert last.end == last.size == len(lines.encode())
    assert last.text.partition(" ")[0] == str(last.line - 1)
    first = read_part(objects, "oss://b/log", 0)
    assert first is not None
    assert first.end <= PART
    assert first.text.endswith("\n")
    again = read_part(objects, "oss://b/log", first.end)
    assert again is not None
    assert again.text.startswith(f"{again.line - 1} ")
    objects.put_bytes("é".encode() * PART, "oss://b/line")
    part = read_part(objects, "oss://b/line", 2)
    assert part is not None
    assert "\ufffd" not in part.text
