"""The keys that programs are given: of one attempt, for its account, while it is under way."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from batchcompute.server import LocalServer
from batchcompute.server.object_api.auth.credentials import TemporaryKeys
from batchcompute.server.process.data_folder import DataFolder
from tests.emulator.sharing.people import add_key
from tests.emulator.sharing.store import Store
from tests.emulator.wire import Wire, task, until_there

_LATER = 20 * 60


@dataclass
class Service:
    """A service with the objects and jobs of two accounts."""

    server: LocalServer
    data: Path
    http: httpx.Client
    ann: Wire
    bob: Wire

    def key_of(self, holder: str) -> Store:
        """Return who has the key of an attempt, or of what else a holder is."""
        # Whoever reads the data folder has all keys; nobody else makes one.
        key = TemporaryKeys(DataFolder(self.data).object_secret()).key_for(holder)
        return Store(self.http, key.key_id, key.secret, key.token)

    def running(self, wire: Wire, gate: Path, count: int = 1) -> str:
        """Start a job whose programs wait for a gate; return its id once they run."""
        described = task(until_there(gate), wire.cluster(count), count)
        del described["Parameters"]["StdoutRedirectPath"]
        del described["Parameters"]["StderrRedirectPath"]
        job = wire.job({"t": described})
        self.until_running(wire, job, count)
        return job

    def until_running(self, wire: Wire, job: str, count: int = 1) -> None:
        wire.until(f"/jobs/{job}", lambda seen: seen["InstanceMetrics"]["RunningCount"] == count)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("keys")
    with LocalServer(data, boot_seconds=0, slots=4) as server:
        http = httpx.Client(base_url=server.objects_endpoint, timeout=60, trust_env=False)
        wires: dict[str, Wire] = {}
        for name in ("ann", "bob"):
            key = add_key(data, name)
            wires[name] = Wire(server.endpoint, *key)
            store = Store(http, *key)
            assert store.send("PUT", f"/{name}s").status_code == 200
            assert store.send("PUT", f"/{name}s/a", name.encode()).status_code == 200
        yield Service(server, data, http, wires["ann"], wires["bob"])
        for wire in wires.values():
            wire.close()
        http.close()


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


_EXPIRED = (403, "SecurityTokenExpired")
_UNKNOWN = (403, "InvalidAccessKeyId")


def test_key_reaches_what_its_account_may_and_nothing_else(service: Service, visible: Path) -> None:
    gate = visible / "gate"
    job = service.running(service.ann, gate, 2)
    one, other = (service.key_of(f"{job}.t.{index}.1") for index in range(2))
    for each in (one, other):
        assert each.send("GET", "/anns/a").content == b"ann"
        assert each.send("PUT", f"/anns/{each.key_id}", b"x").status_code == 200
        assert each.http.get(each.link("/anns/a", 600)).content == b"ann"
    # What is another account's is not there, to read, write, list, copy or take.
    assert _refusal(one.send("GET", "/bobs/a")) == (404, "NoSuchBucket")
    assert _refusal(one.send("PUT", "/bobs/b", b"x")) == (404, "NoSuchBucket")
    assert _refusal(one.send("GET", "/bobs")) == (404, "NoSuchBucket")
    assert _refusal(one.send("PUT", "/anns/b", copy_source="/bobs/a")) == (404, "NoSuchBucket")
    assert _refusal(one.send("PUT", "/bobs")) == (409, "BucketAlreadyExists")
    assert "bobs" not in one.send("GET", "/").text
    # The parts of a key belong together.
    for wrong in (
        replace(one, token=other.token),
        replace(one, key_id=other.key_id),
        replace(one, key_id=f"{one.key_id}_1"),
        replace(one, key_id=f"{one.key_id}0"),
        replace(one, token=f"{one.token}0"),
        replace(one, token=""),
    ):
        assert _refusal(wrong.send("GET", "/anns/a")) == _UNKNOWN
    forged = replace(one, secret=other.secret)
    assert _refusal(forged.send("GET", "/anns/a")) == (403, "SignatureDoesNotMatch")
    # Nobody can keep a request, or begin one, for another time.
    for late in (-_LATER, _LATER):
        assert _refusal(one.send("GET", "/anns/a", late=late)) == (403, "RequestTimeTooSkewed")
    # Attempts that are not under way: of a later try, another instance, another task, no job.
    for holder in (f"{job}.t.0.2", f"{job}.t.2.1", f"{job}.u.0.1", "job-0.t.0.1", f"{job}."):
        assert _refusal(service.key_of(holder).send("GET", "/anns/a")) == _EXPIRED
    gate.touch()
    assert service.ann.ended(job)["State"] == "Finished"


def test_key_ends_with_its_attempt_and_stays_so_when_the_job_goes_on(
    service: Service, visible: Path
) -> None:
    gate = visible / "gate"
    job = service.running(service.bob, gate)
    first, second = (service.key_of(f"{job}.t.0.{number}") for number in (1, 2))
    link = first.link("/bobs/a", 3600)
    assert first.send("GET", "/bobs/a").content == first.http.get(link).content == b"bob"
    assert service.bob.send("POST", f"/jobs/{job}/stop").status_code == 201
    # At once, whether or not its program is gone.
    assert _refusal(first.send("GET", "/bobs/a")) == _EXPIRED
    assert service.bob.send("POST", f"/jobs/{job}/start").status_code == 201
    service.until_running(service.bob, job)
    assert second.send("GET", "/bobs/a").content == b"bob"
    assert _refusal(first.send("PUT", "/bobs/late", b"x")) == _EXPIRED
    assert _refusal(first.http.get(link)) == _EXPIRED
    gate.touch()
    assert service.bob.ended(job)["State"] == "Finished"
    assert _refusal(second.send("GET", "/bobs/a")) == _EXPIRED
    assert service.bob.send("DELETE", f"/jobs/{job}").status_code == 204
    assert _refusal(second.send("GET", "/bobs/a")) == _EXPIRED


@pytest.mark.slow
def test_key_goes_on_with_its_attempt_when_the_service_is_started_again(
    tmp_path: Path, visible: Path
) -> None:
    gate = visible / "gate"
    job = ""
    for start in range(2):
        with (
            LocalServer(tmp_path / "data", boot_seconds=0, stop_instances=start == 1) as server,
            httpx.Client(base_url=server.objects_endpoint, trust_env=False) as http,
        ):
            wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
            service = Service(server, tmp_path / "data", http, wire, wire)
            if start == 0:
                server.write_object("oss://bucket/a", "words")
                job = service.running(wire, gate)
            key = service.key_of(f"{job}.t.0.1")
            assert key.send("GET", "/bucket/a").content == b"words"
            if start == 1:
                gate.touch()
                assert wire.ended(job)["State"] == "Finished"
                assert _refusal(key.send("GET", "/bucket/a")) == _EXPIRED
            wire.close()


def test_key_of_a_job_which_an_older_version_gave_is_good_until_its_end(
    service: Service, visible: Path
) -> None:
    gate = visible / "gate"
    job = service.running(service.bob, gate)
    # It named the account, but for the first one.
    older = service.key_of(f"{job}_3")
    assert older.send("GET", "/bobs/a").content == b"bob"
    assert _refusal(older.send("GET", "/anns/a")) == (404, "NoSuchBucket")
    gate.touch()
    assert service.bob.ended(job)["State"] == "Finished"
    assert service.bob.send("DELETE", f"/jobs/{job}").status_code == 204
    assert _refusal(older.send("GET", "/bobs/a")) == _EXPIRED


def test_program_is_given_the_key_of_its_attempt_and_nobody_is_shown_it(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "batchcompute")
    ann = service.ann
    described = task("env; exit $BATCH_COMPUTE_DAG_INSTANCE_ID", ann.cluster(2), 2)
    described["Parameters"] |= {
        f"{stream}RedirectPath": "oss://ann-logs/" for stream in ("Stdout", "Stderr")
    }
    job = ann.job({"t": described})
    assert ann.ended(job)["State"] == "Failed"
    shown = caplog.text
    for target in (
        f"/jobs/{job}",
        f"/jobs/{job}?Description",
        f"/jobs/{job}/tasks/t",
        f"/jobs/{job}/tasks/t/instances",
        f"/extensions/jobs/{job}/tasks/t/instances/1/attempts",
        f"/extensions/explain/jobs/{job}",
        f"/extensions/explain/jobs/{job}/tasks/t/instances/1",
    ):
        shown += json.dumps(ann.get(target))
    for log in service.data.rglob("*.log"):
        shown += log.read_text("utf-8")
    shown += "".join(
        path.read_bytes().decode("latin-1") for path in service.data.glob("service.db*")
    )
    assert job in shown
    for index in range(2):
        printed = service.server.read_object(f"oss://ann-logs/stdout.{job}.t.{index}").decode()
        told = dict(line.partition("=")[::2] for line in printed.splitlines())
        key = service.key_of(f"{job}.t.{index}.1")
        names = ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN")
        assert [told[name] for name in names] == [key.key_id, key.secret, key.token]
        assert _refusal(key.send("GET", "/anns/a")) == _EXPIRED
        for hidden in (key.secret, key.token):
            assert hidden not in shown
            assert base64.b64encode(hidden.encode()).decode() not in shown


def test_program_with_a_key_of_its_own_is_not_given_another_ones_token(service: Service) -> None:
    ann = service.ann
    described = task("env", ann.cluster(1))
    described["Parameters"]["StdoutRedirectPath"] = "oss://ann-logs/"
    del described["Parameters"]["StderrRedirectPath"]
    own = {"OSS_ACCESS_KEY_ID": "mine", "OSS_ACCESS_KEY_SECRET": "too"}
    described["Parameters"]["Command"]["EnvVars"] = own
    job = ann.job({"t": described})
    assert ann.ended(job)["State"] == "Finished"
    printed = service.server.read_object(f"oss://ann-logs/stdout.{job}.t.0").decode()
    told = dict(line.partition("=")[::2] for line in printed.splitlines())
    assert {name: told.get(name) for name in (*own, "OSS_SESSION_TOKEN")} == {
        **own,
        "OSS_SESSION_TOKEN": None,
    }
    assert told["OSS_ENDPOINT"] == service.server.objects_endpoint
