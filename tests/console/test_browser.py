"""The console in a real browser, used as a person does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from batchcompute.server import LocalServer
from tests.console.crowd import fill_task
from tests.console.screens import needs_browser, running_browser, watch
from tests.emulator.wire import Wire, task, until_there

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

pytestmark = needs_browser

_AUTO: dict[str, Any] = {"AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}}
_PATIENCE = 30_000
_COMMAND = "import sys; from batchcompute.cli.main import main; sys.exit(main())"
#: Returns the colours in the middle of the squares with these numbers.
_PIXELS = """(asked) => {
  const canvas = document.getElementById("cells");
  const brush = canvas.getContext("2d");
  const scale = canvas.width / canvas.clientWidth, size = 3;
  const columns = Math.floor(canvas.clientWidth / size);
  return {asked, colours: asked.map((index) => {
    const x = (index % columns + 0.5) * size * scale;
    const y = (Math.floor(index / columns) + 0.5) * size * scale;
    const [r, g, b] = brush.getImageData(Math.floor(x), Math.floor(y), 1, 1).data;
    return "#" + [r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("");
  })};
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, server: LocalServer) -> Iterator[Page]:
    context = chromium.new_context(locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(_PATIENCE)
    wrong = watch(opened, server.console_endpoint)
    opened.goto(server.console_link())
    opened.wait_for_url("**/jobs")
    yield opened
    context.close()
    assert wrong == []


def test_person_finds_out_why_and_restarts(page: Page, wire: Wire) -> None:
    from playwright.sync_api import expect

    failing = task("sh -c 'echo \"no <b>input</b>\" >&2; exit 3'", **_AUTO)
    tasks = {"begin": task("sleep 1", **_AUTO), "work": failing}
    job = wire.job(tasks, {"begin": ["work"]}, Name="nightly")

    # The list shows it by itself, and so does it that the job has failed.
    row = page.locator(f"tr[id='{job}']")
    expect(row).to_be_visible(timeout=_PATIENCE)
    expect(row.locator(".state").first).to_have_text("Failed", timeout=_PATIENCE)
    row.get_by_role("link", name="nightly").click()
    expect(page.locator(".why")).to_contain_text("3")
    page.get_by_role("link", name=re.compile("^work: Failed")).click()
    page.locator("table a").first.click()
    expect(page.locator("#lines .l").first).to_have_text("no <b>input</b>", timeout=_PATIENCE)

    page.locator("#find").fill("nothing like it")
    expect(page.locator("#hits")).to_have_text("0 lines")
    page.locator("#find").fill("INPUT")
    expect(page.locator("#hits")).to_have_text("1 line")

    page.get_by_role("link", name="nightly").click()
    page.get_by_role("button", name="Restart").click()
    expect(page.locator(".notice.good")).to_contain_text("1 job again")
    wire.ended(job)
    expect(page.locator(".head .state")).to_have_text("Failed", timeout=_PATIENCE)
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("dialog")).to_contain_text("cannot be undone")
    page.locator("dialog").get_by_role("button", name="Cancel").click()
    assert wire.send("GET", f"/jobs/{job}").status_code == 200
    page.get_by_role("button", name="Delete").click()
    page.locator("dialog").get_by_role("button", name="Yes").click()
    expect(page.locator("h1")).to_contain_text("no such page")
    assert wire.send("GET", f"/jobs/{job}").status_code == 404


def test_what_somebody_is_about_to_do_outlives_a_renewal(page: Page, wire: Wire) -> None:
    from playwright.sync_api import expect

    one = wire.job({"only": task("sleep 600", **_AUTO)}, Name="chosen-one")
    page.goto(page.url)
    page.locator(f"tr[id='{one}'] input[type=checkbox]").check()
    two = wire.job({"only": task("sleep 600", **_AUTO)}, Name="new-one")
    expect(page.locator(f"tr[id='{two}']")).to_be_visible(timeout=_PATIENCE)
    expect(page.locator(f"tr[id='{one}'] input[type=checkbox]")).to_be_checked()
    expect(page.locator(f"tr[id='{two}'] input[type=checkbox]")).not_to_be_checked()
    page.get_by_role("button", name="Stop").click()
    page.locator("dialog").get_by_role("button", name="Yes").click()
    expect(page.locator(f"tr[id='{one}'] .state").first).to_have_text("Stopped")
    assert wire.get(f"/jobs/{two}")["State"] != "Stopped"
    wire.send("POST", f"/jobs/{two}/stop")


def test_paused_page_stays_as_it_is(page: Page, wire: Wire) -> None:
    from playwright.sync_api import expect

    page.get_by_role("button", name="Pause").click()
    other = page.context.new_page()
    other.goto(page.url)
    job = wire.job({"only": task("true", **_AUTO)}, Name="unseen")
    # Another tab goes on.
    expect(other.locator(f"tr[id='{job}']")).to_be_visible(timeout=_PATIENCE)
    page.bring_to_front()
    expect(page.locator(f"tr[id='{job}']")).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(f"tr[id='{job}']")).to_be_visible(timeout=_PATIENCE)


@pytest.fixture
def seen_by_programs() -> Iterator[Path]:
    """A folder outside of /tmp, of which programs have one of their own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


def test_job_of_the_command_is_watched_understood_and_restarted(
    page: Page, server: LocalServer, seen_by_programs: Path
) -> None:
    from playwright.sync_api import expect

    missing, gate = seen_by_programs / "input", seen_by_programs / "gate"
    line = (
        f'if [ "$BATCH_COMPUTE_DAG_INSTANCE_ID" = 1 ]; then {until_there(gate)}; fi; '
        f'cat {missing}/$BATCH_COMPUTE_DAG_INSTANCE_ID || {{ echo "no input" >&2; exit 3; }}'
    )
    missing.mkdir()
    for number in (0, 2):
        (missing / str(number)).write_text(f"input {number}\n")
    command = [sys.executable, "-c", _COMMAND, "submit", "-n", "3", "--name", "from-shell"]
    submitted = subprocess.run(
        [*command, "--", line],
        env={**os.environ, **server.environment()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    job = submitted.stdout.strip()

    # The bar moves by itself, and says the same in words.
    bar = page.locator(f"tr[id='{job}'] svg.bar")
    expect(bar).to_have_attribute("aria-label", re.compile("2 Finished"), timeout=_PATIENCE)
    assert "Failed" not in str(bar.get_attribute("aria-label"))
    gate.touch()
    expect(bar).to_have_attribute("aria-label", re.compile("1 Failed"), timeout=_PATIENCE)
    page.get_by_role("link", name="from-shell").click()
    expect(page.locator(".head .state")).to_have_text("Failed", timeout=_PATIENCE)

    # From the graph to the failed instance, and what it said.
    page.locator(".graph a").first.click()
    page.get_by_role("link", name=re.compile("^Failed")).click()
    page.locator("tbody a").first.click()
    page.wait_for_url("**/instances/1?**" if "?" in page.url else "**/instances/1")
    expect(page.locator(".why")).to_contain_text("code 3")
    expect(page.locator("#lines")).to_contain_text("no input", timeout=_PATIENCE)

    # What was missing is there now.
    (missing / "1").write_text("input 1\n")
    page.get_by_role("link", name="from-shell").click()
    page.get_by_role("button", name="Restart").click()
    expect(page.locator(".head .state")).to_have_text("Finished", timeout=_PATIENCE)
    expect(page.locator(".counts").first).to_contain_text("3 Finished")


def test_100_000_squares_are_drawn_in_the_colours_of_their_states(
    page: Page, wire: Wire, database: str
) -> None:
    from playwright.sync_api import expect

    cluster = wire.cluster(0)
    job = wire.job({"many": task("true", cluster, count=100_000)}, Name="very-many")
    wire.send("POST", f"/jobs/{job}/stop")
    wire.ended(job)
    pattern = ["Finished"] * 8 + ["Failed", "Stopped"]
    fill_task(database, job, pattern * 5000)
    page.emulate_media(color_scheme="light")
    page.goto(page.url.replace("/jobs", f"/jobs/{job}/tasks/many"))
    canvas = page.locator("#cells")
    expect(canvas).to_have_attribute("data-drawn", "100000", timeout=_PATIENCE)
    style = "getComputedStyle(document.documentElement).getPropertyValue"
    colours = {
        state: page.evaluate(f"{style}('--{state}-fill').trim()")
        for state in ("Finished", "Failed", "Stopped", "Waiting")
    }
    drawn = page.evaluate(_PIXELS, [0, 1, 8, 9, 49_999, 50_000])
    expected = [pattern[index % 10] if index < 50_000 else "Stopped" for index in drawn["asked"]]
    assert drawn["colours"] == [colours[state] for state in expected]
    canvas.focus()
    canvas.press("End")
    expect(page.locator("#cell")).to_have_text("99999: Stopped")
    canvas.press("Home")
    expect(page.locator("#cell")).to_have_text("0: Finished")
    page.get_by_role("link", name=re.compile("^Failed")).click()
    expect(page.locator("tbody tr").first).to_have_attribute("id", "i-8")


def test_what_programs_and_people_write_stays_text(
    page: Page, wire: Wire, server: LocalServer
) -> None:
    from playwright.sync_api import expect

    # Names of jobs and tasks are plain by the rules; everything else may be anything.
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    noise = r"\033[2J\033]0;title\007\r\b\000\342\200\256"
    line = f"printf '%s' '{hostile}' >&2; printf '{noise}' >&2; exit 1"
    job = wire.job({"work": task(f'sh -c "{line}"', **_AUTO)}, Description=hostile)
    wire.ended(job)
    cluster = wire.cluster(0, Description=hostile)
    server.write_object(f"oss://hostile/{hostile.replace('/', '')}", "x")
    origin = page.url.partition("/jobs")[0]
    dialogs: list[str] = []

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    for path in (
        f"/jobs/{job}?view=description",
        f"/jobs/{job}/tasks/work",
        f"/jobs?q={quote(hostile)}&cluster={quote(hostile)}",
        f"/clusters/{cluster}",
        "/objects/hostile/",
    ):
        page.goto(origin + path)
        expect(page.locator("main")).to_contain_text("<img src=x onerror=alert(1)>")
    page.goto(f"{origin}/jobs/{job}/tasks/work/instances/0")
    expect(page.locator("#lines .l").first).to_have_text(
        f"{hostile}^[[2J^[]0;title^G^M^H^@\\u202e", timeout=_PATIENCE
    )
    assert page.locator("main img").count() == page.locator("main script").count() == 0
    assert dialogs == []


def test_squares_lead_to_their_instances(page: Page, wire: Wire) -> None:
    from playwright.sync_api import expect

    job = wire.job({"many": task("true", count=40, **_AUTO)}, Name="many")
    wire.ended(job)
    page.goto(page.url.replace("/jobs", f"/jobs/{job}/tasks/many"))
    canvas = page.locator("#cells")
    expect(canvas).to_have_attribute("data-drawn", "40", timeout=_PATIENCE)
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        canvas.press(key)
    expect(page.locator("#cell")).to_have_text("2: Finished")
    canvas.press("Enter")
    page.wait_for_url("**/instances/2")


@pytest.mark.parametrize("width", [360, 2560])
def test_no_page_is_wider_than_the_screen(page: Page, wire: Wire, width: int) -> None:
    long = {"a" * 60: task("true", count=3, **_AUTO)}
    job = wire.job(long, Name="n" * 60)
    wire.ended(job)
    page.set_viewport_size({"width": width, "height": 800})
    paths = (
        "/jobs",
        f"/jobs/{job}",
        f"/jobs/{job}?view=timeline",
        f"/jobs/{job}?view=tasks",
        f"/jobs/{job}?view=description",
        f"/jobs/{job}/tasks/{'a' * 60}",
        f"/jobs/{job}/tasks/{'a' * 60}/instances/0",
        "/clusters",
        "/images",
        "/objects",
        "/service",
    )
    origin = page.url.partition("/jobs")[0]
    wide = []
    for path in paths:
        page.goto(origin + path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    assert wide == []


def test_service_that_ends_is_missed_and_found_again(chromium: Browser, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    with LocalServer(tmp_path, boot_seconds=0, console_port=0) as server:
        port = int(server.console_endpoint.rpartition(":")[2])
        context = chromium.new_context()
        page = context.new_page()
        page.goto(server.console_link())
        page.wait_for_url("**/jobs")
    expect(page.locator("#offline")).to_contain_text("does not answer", timeout=_PATIENCE)
    with LocalServer(tmp_path, boot_seconds=0, console_port=port) as server:
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        job = wire.job({"only": task("true", **_AUTO)}, Name="after")
        # Without a new link: the session is good for the same service.
        expect(page.locator(f"tr[id='{job}']")).to_be_visible(timeout=_PATIENCE)
        expect(page.locator("#offline")).to_be_hidden()
        wire.close()
    context.close()
