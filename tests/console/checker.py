"""A checker of accessibility, run on pages of the console in a real browser."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, task

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AUTO: dict[str, Any] = {"AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}}
#: Everything that the checker knows, its opinions on best practice included.
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations", "incomplete"], "preload": False}
#: What depends on the colours alone.
COLOURS: dict[str, Any] = {**EVERYTHING, "runOnly": ["color-contrast", "link-in-text-block"]}
#: What it leaves to people: it cannot see what is behind the text of a drawing.
_LEFT_TO_PEOPLE = ("color-contrast",)


def every_kind_of_page(server: LocalServer, wire: Wire) -> list[str]:
    """Make something of every kind and state; return the paths of pages that show it all."""
    odd = "sh -c 'echo out; echo err >&2; test $BATCH_COMPUTE_DAG_INSTANCE_ID != 1'"
    tasks = {"begin": task("true", **_AUTO), "work": task(odd, count=3, **_AUTO)}
    tasks["end"] = task("true", **_AUTO)
    failed = wire.job(tasks, {"begin": ["work"], "work": ["end"]}, Name="failed")
    wire.ended(failed)
    cluster = wire.cluster(1)
    wire.until(f"/clusters/{cluster}", lambda shown: shown["Metrics"]["RunningCount"] == 1)
    running = wire.job({"long": task("sleep 600", cluster, count=3)}, Name="running")
    wire.until(f"/jobs/{running}", lambda shown: shown["State"] == "Running")
    stopped = wire.job({"long": task("sleep 600", cluster)}, Name="stopped")
    wire.send("POST", f"/jobs/{stopped}/stop")
    app = {
        "Name": "greet-all",
        "CommandLine": "echo ${who}",
        "VM": {"ECSImageId": "img-ubuntu"},
        "InputParameters": {"who": {"Type": "String", "Description": "Whom", "Default": "you"}},
        "OutputParameters": {},
    }
    assert wire.send("POST", "/apps", app).status_code == 201
    server.write_object("oss://files/folder/one", "1")
    return [
        f"/jobs?q=fail&state=Failed&cluster={cluster}",
        "/jobs",
        f"/jobs/{failed}",
        f"/jobs/{failed}/tasks/work",
        f"/jobs/{failed}/tasks/work/instances/1",
        f"/clusters/{cluster}",
        "/apps/greet-all",
        "/objects/files/folder/",
        "/service",
        # Those whose parts the ones before have, too.
        *(f"/jobs/{failed}?view={view}" for view in ("tasks", "timeline", "description")),
        f"/jobs/{running}",
        f"/jobs/{running}/tasks/long/instances/2",
        "/clusters",
        "/images",
        "/apps",
        "/objects",
        "/nowhere",
    ]


#: How many of these have parts that none before them has.
MAIN_PAGES = 9


def findings(page: Page, options: dict[str, Any]) -> list[str]:
    """Return what is wrong with the page that is open, and what the checker is not sure of.

    The browser has to ignore the page's policy, which keeps the checker out.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    result = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{page.url} {kind} {rule['id']}: {node['html'][:200]}"
        for kind in ("violations", "incomplete")
        for rule in result[kind]
        if kind == "violations" or rule["id"] not in _LEFT_TO_PEOPLE
        for node in rule["nodes"]
    ]
