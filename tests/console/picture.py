"""Make the picture of the console that the README shows: `make screenshot`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batchcompute.server import LocalServer
from tests.console.screens import running_browser
from tests.emulator.wire import Wire, task

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "console.png"
_LONG = "sh -c 'test $BATCH_COMPUTE_DAG_INSTANCE_ID -lt 9 || sleep 60'"
_ODD = "sh -c 'test $BATCH_COMPUTE_DAG_INSTANCE_ID != 3'"


def main() -> None:
    """Run a job with something of everything, and take a picture of it."""
    auto: dict[str, Any] = {
        "AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}
    }
    tasks = {
        "fetch": task("true", **auto),
        "align": task(_LONG, count=24, **auto),
        "quality": task(_ODD, count=8, **auto),
        "merge": task("true", **auto),
        "call-variants": task("true", count=12, **auto),
        "report": task("true", **auto),
    }
    dependencies = {
        "fetch": ["align"],
        "align": ["merge", "call-variants"],
        "merge": ["report"],
        "call-variants": ["report"],
        "quality": ["report"],
    }
    with (
        LocalServer(boot_seconds=0, slots=6, console_port=0) as server,
        running_browser() as chrome,
    ):
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        job = wire.job(
            tasks, dependencies, Name="genome-17", Priority=50, JobFailOnInstanceFail=False
        )
        wire.until(f"/jobs/{job}", lambda shown: shown["InstanceMetrics"]["FailedCount"] == 1)
        wire.until(
            f"/jobs/{job}/tasks/align",
            lambda shown: (
                shown["InstanceMetrics"]["FinishedCount"] >= 9
                and shown["InstanceMetrics"]["RunningCount"] > 2
            ),
        )
        page = chrome.new_page(
            viewport={"width": 1180, "height": 660}, color_scheme="light", locale="en-GB"
        )
        page.goto(server.console_link() + f"&to=/jobs/{job}")
        page.wait_for_url("**/jobs/job-*")
        page.wait_for_selector("html[data-ready]")
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
        wire.send("POST", f"/jobs/{job}/stop")
        wire.close()


if __name__ == "__main__":
    main()
