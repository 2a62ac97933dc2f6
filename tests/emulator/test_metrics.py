"""The figures of a running service, read as Prometheus reads them."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from batchcompute.server import LocalServer
from batchcompute.server.commands.main import run
from batchcompute.server.metrics.application import make_application
from batchcompute.server.model.errors import StartError
from tests.emulator.wire import Wire, task

_NAME = "batchcompute.server.process.metrics_service"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A service of its own, so that nobody else is counted."""
    with LocalServer(boot_seconds=0.05, slots=8, metrics_port=0) as running:
        yield running


def _scrape(server: LocalServer) -> dict[str, float]:
    """Return every sample, named as it is written."""
    answer = httpx.get(f"{server.metrics_endpoint}/metrics", trust_env=False)
    assert answer.status_code == 200
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = "".join(f" {name}={value}" for name, value in sorted(sample.labels.items()))
            found[sample.name + labels] = sample.value
    return found


def test_jobs_and_attempts_are_counted_as_they_end(
    server: LocalServer, wire: Wire, cluster: str
) -> None:
    before = _scrape(server)
    good = wire.job({"t": task("true", cluster, 3)})
    bad = wire.job({"t": task("exit 3", cluster, 1, MaxRetryCount=1)})
    slow = wire.job({"t": task("sleep 600", cluster, 1)})
    assert wire.ended(good)["State"] == "Finished"
    assert wire.ended(bad)["State"] == "Failed"
    wire.until(f"/jobs/{slow}", lambda job: job["State"] == "Running")
    running = _scrape(server)
    assert running["batchcompute_instances state=Running"] == 1
    assert running["batchcompute_vms state=Running"] == 3
    assert running["batchcompute_vms_busy"] == 1
    assert running["batchcompute_slots"] == 8
    assert wire.send("POST", f"/jobs/{slow}/stop").status_code == 201
    after = _scrape(server)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown("batchcompute_attempts_total cause= result=finished") == 3
    assert grown("batchcompute_attempts_total cause=exit result=retried") == 1
    assert grown("batchcompute_attempts_total cause=exit result=failed") == 1
    assert grown("batchcompute_attempt_run_seconds_count result=finished") == 3
    for state in ("Finished", "Failed", "Stopped"):
        assert grown(f"batchcompute_jobs_ended_total state={state}") == 1
        assert after[f"batchcompute_jobs state={state}"] == 1
    assert grown("batchcompute_job_wait_seconds_count") == 3
    assert grown("batchcompute_scheduler_commit_seconds_count") > 0
    assert after["batchcompute_oldest_waiting_seconds"] == 0
    assert after["batchcompute_data_free_bytes"] > 0


def test_requests_are_counted_by_operation_and_status(server: LocalServer, wire: Wire) -> None:
    wire.get("/jobs")
    wire.send("GET", "/jobs/job-0")
    server.write_object("oss://bucket/key", b"words")
    httpx.get(f"{server.objects_endpoint}/bucket/key", trust_env=False)
    found = _scrape(server)
    seconds = "batchcompute_http_request_seconds_count"
    assert found[f"{seconds} operation=list_jobs server=api status=200"] >= 1
    assert found[f"{seconds} operation=get_job server=api status=404"] == 1
    assert found[f"{seconds} operation=GetObject server=objects status=403"] == 1
    assert found["batchcompute_http_body_bytes_total direction=sent server=api"] > 0


def test_nothing_that_grows_without_bound_is_a_label(
    server: LocalServer, wire: Wire, cluster: str
) -> None:
    job = wire.job({"t": task("true", cluster, 1)})
    wire.ended(job)
    wire.send("GET", "/nothing/of/the/kind")
    text = httpx.get(f"{server.metrics_endpoint}/metrics", trust_env=False).text
    assert job not in text
    assert cluster not in text
    assert "of/the/kind" not in text


def test_health_and_readiness(server: LocalServer) -> None:
    for path, status in (("/health", "ok"), ("/ready", "ready")):
        answer = httpx.get(server.metrics_endpoint + path, trust_env=False)
        assert (answer.status_code, answer.json()["Status"]) == (200, status)


def test_service_that_cannot_record_is_not_ready() -> None:
    application = make_application(CollectorRegistry(), lambda: "the disk is full", None)

    async def ask(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    answer = asyncio.run(ask("/ready"))
    assert answer.status_code == 503
    assert answer.json() == {"Status": "not ready", "Reason": "the disk is full"}
    assert asyncio.run(ask("/health")).status_code == 200


def test_page_of_a_browser_under_a_strange_name_learns_nothing(server: LocalServer) -> None:
    answer = httpx.get(
        f"{server.metrics_endpoint}/metrics", headers={"Host": "evil.com"}, trust_env=False
    )
    assert answer.status_code == 403
    assert "batchcompute_" not in answer.text


def test_without_being_asked_for_there_are_none() -> None:
    with LocalServer(boot_seconds=0) as server:
        assert server.metrics_endpoint == ""


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, _NAME, raising=False)
    with pytest.raises(StartError, match=r"pip install 'batchcompute\[metrics\]'"):
        importlib.import_module(_NAME)


@pytest.mark.parametrize("wrong", ["words", "1.2.3.4:", "70000"])
def test_address_that_is_none_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        run(["serve", "--metrics", wrong])
    assert refused.value.code == 2
    assert "argument --metrics: must be a port" in capsys.readouterr().err
