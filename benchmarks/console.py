"""The console: sizes, times of pages of a huge job, drawing it, and what open tabs cost others.

The service runs in a process of its own, and so do the tabs: each asks as the page in a browser
does, every two seconds, with the mark of what it has.
"""

from __future__ import annotations

import gzip
import multiprocessing
import os
import re
import statistics
import tempfile
import threading
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import httpx
from _process import KEY, Process, Row, running
from service import cluster, describe, quantile, show

from batchcompute.server.console import application
from tests.console.crowd import copy_job, fill_task
from tests.console.screens import CHROMIUM, running_browser

MANY, JOBS, TABS = 100_000, 500, 20
LOOK_SECONDS, EVERY = 10.0, 2.0
REPEATS = 15
#: Says in the page when the last square was drawn, in ms since it was asked for.
_WHEN_DRAWN = """
new MutationObserver(() => {
  const canvas = document.getElementById("cells");
  if (canvas?.dataset.drawn && !window.drawnAt) window.drawnAt = performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true});
"""


def sizes() -> list[Row]:
    """Weigh what a browser loads, compressed."""
    folder = Path(application.__file__).parent / "static"
    files = [each for each in folder.iterdir() if each.suffix in (".js", ".css", ".svg")]
    kilobytes = {each.name: len(gzip.compress(each.read_bytes())) / 1000 for each in files}
    rows: list[Row] = [(f"{name}, kB", size, "", 0) for name, size in sorted(kilobytes.items())]
    return [*rows, ("all that a page loads, kB gzipped", sum(kilobytes.values()), "<", 60)]


def sign_in(server: Process) -> tuple[str, dict[str, str]]:
    """Return the console's address, and the cookie of a session."""
    link = server.send("POST", "/extensions/console/links")["Url"]
    with httpx.Client(trust_env=False) as http:
        http.get(link)
        return link.partition("/login")[0], dict(http.cookies)


def pages(server: Process, job: str) -> list[Row]:
    """Return how long pages take that show a job of very many instances."""
    origin, cookies = sign_in(server)
    task = f"/jobs/{job}/tasks/t"
    paths = {
        "jobs": "/jobs",
        "jobs, searched": "/jobs?q=bench",
        "job": f"/jobs/{job}",
        "task": task,
        "task, failed ones": f"{task}?state=Failed",
        "all squares": f"{task}/cells",
        "instance": f"{task}/instances/{MANY - 1}",
        "service": "/service",
    }
    rows: list[Row] = []
    with httpx.Client(base_url=origin, cookies=cookies, trust_env=False) as http:
        for name, path in paths.items():
            http.get(path).raise_for_status()
            taken = []
            for _ in range(REPEATS):
                before = time.perf_counter()
                answer = http.get(path)
                taken.append(time.perf_counter() - before)
                assert answer.status_code == 200
            rows.append((f"page: {name}, ms", 1000 * statistics.median(taken), "<", 200))
    return rows


def drawing(server: Process, job: str) -> list[Row]:
    """Return how long a browser takes until it has drawn a square for each instance."""
    if CHROMIUM is None:
        return []
    link = server.send("POST", "/extensions/console/links")["Url"]
    with running_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(_WHEN_DRAWN)
        page.goto(link)
        page.wait_for_url("**/jobs")
        taken = []
        for _ in range(5):
            page.goto(f"{link.partition('/login')[0]}/jobs/{job}/tasks/t")
            page.wait_for_function("window.drawnAt")
            taken.append(float(page.evaluate("window.drawnAt")) / 1000)
            assert page.locator("#cells").get_attribute("data-drawn") == str(MANY)
    return [(f"s until {MANY} squares are drawn, from the click", statistics.median(taken), "<", 1)]


def open_tabs(origin: str, cookies: dict[str, str], jobs: list[str], ended: Event) -> None:
    """Do what open tabs do, until the event."""
    running, huge = jobs
    kinds = [
        ["/jobs"],
        [f"/jobs/{running}"],
        [f"/jobs/{huge}/tasks/t", f"/jobs/{huge}/tasks/t/cells"],
        [f"/jobs/{running}/tasks/t/instances/0", f"/jobs/{running}/tasks/t/instances/0/log"],
    ]

    def tab(number: int) -> None:
        tags: dict[str, str] = {}
        ended.wait(EVERY * number / TABS)
        with httpx.Client(base_url=origin, cookies=cookies, trust_env=False, timeout=60) as http:
            while not ended.wait(EVERY):
                for path in kinds[number % len(kinds)]:
                    sent = {"HX-Request": "true"}
                    if path in tags:
                        sent["If-None-Match"] = tags[path]
                    answer = http.get(path, headers=sent)
                    assert answer.status_code in (200, 304), answer.text
                    tags[path] = answer.headers.get("etag", "")

    threads = [threading.Thread(target=tab, args=(number,)) for number in range(TABS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def looking(server: Process, job: str) -> float:
    """Return the p99 of get_job, in ms."""
    latencies = []
    end = time.perf_counter() + LOOK_SECONDS
    while (before := time.perf_counter()) < end:
        server.send("GET", f"/jobs/{job}")
        latencies.append(time.perf_counter() - before)
        time.sleep(0.01)
    return 1000 * quantile(latencies, 0.99)


def tabs(server: Process, huge: str) -> list[Row]:
    """Return what open tabs do to others while a job runs."""
    busy = server.send("POST", "/jobs", describe(cluster(server), MANY))["Id"]
    alone = looking(server, busy)
    spawn = multiprocessing.get_context("spawn")
    ended = spawn.Event()
    origin, cookies = sign_in(server)
    process = spawn.Process(target=open_tabs, args=(origin, cookies, [busy, huge], ended))
    process.start()
    time.sleep(2 * EVERY)
    watched = looking(server, busy)
    ended.set()
    process.join()
    assert process.exitcode == 0
    server.send("POST", f"/jobs/{busy}/stop")
    return [
        ("p99 of get_job while programs run, ms", alone, "", 0),
        (f"p99 of get_job with {TABS} open tabs besides, ms", watched, "<", 50),
    ]


def main() -> None:
    """Measure everything, in less than a minute."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\nThe console, on {os.cpu_count()} processors with load {load}\n", flush=True)
    show(sizes())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        command = ["-m", "batchcompute.server", "serve", "--data", str(data), "--port", "0"]
        command += ["--access-key", ":".join(KEY), "--boot-seconds", "0", "--stop-instances"]
        with running(*command, "--console", "127.0.0.1:0") as server:
            job = prepared(server, f"sqlite:///{data}/service.db")
            show(pages(server, job))
            show(drawing(server, job))
            show(tabs(server, job))


def prepared(server: Process, url: str) -> str:
    """Make many jobs, and one of very many instances that have ended; return its id."""
    groups = {"g": {"DesiredVMCount": 0}}
    body: dict[str, Any] = {"Name": "empty", "ImageId": "img-ubuntu", "Groups": groups}
    empty = server.send("POST", "/clusters", body)["Id"]
    for count, fill in ((10, copy_job), (MANY, fill_task)):
        job = server.send("POST", "/jobs", describe(empty, count))["Id"]
        server.send("POST", f"/jobs/{job}/stop")
        server.ended(job)
        if fill is copy_job:
            copy_job(url, job, JOBS)
        else:
            fill_task(url, job, (["Finished"] * 98 + ["Failed", "Stopped"]) * (MANY // 100))
    assert re.fullmatch(r"job-[0-9A-F]+", job)
    return str(job)


if __name__ == "__main__":
    main()
