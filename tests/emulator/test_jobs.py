from __future__ import annotations

import time
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, echoes, task, until_there
from tests.processes import unique_seconds, until_processes


def stream(server: LocalServer, job: str, name: str, index: int, kind: str = "stdout") -> str:
    return server.read_object(f"oss://bucket/logs/{kind}.{job}.{name}.{index}").decode()


def metrics(**counts: int) -> dict[str, int]:
    states = ("Waiting", "Running", "Finished", "Failed", "Stopped")
    return {f"{state}Count": counts.get(state, 0) for state in states}


def test_documented_flow(server: LocalServer, wire: Wire) -> None:
    # The machines come later, so that the job is seen while it waits for them.
    cluster = wire.cluster(0)
    assert wire.get(f"/clusters/{cluster}")["State"] == "Active"
    command = "echo out $BATCH_COMPUTE_DAG_INSTANCE_ID; echo err >&2"
    job = wire.job({"Echo": task(command, cluster, 3)})
    seen = wire.get(f"/jobs/{job}")
    assert (seen["State"], seen["StartTime"], seen["EndTime"]) == ("Waiting", "", "")
    assert seen["TaskMetrics"] == metrics(Waiting=1)
    assert seen["InstanceMetrics"] == metrics(Waiting=3)
    assert [each["State"] for each in wire.instances(job, "Echo")] == ["Waiting"] * 3
    change = {"Groups": {"group": {"DesiredVMCount": 3}}}
    assert wire.send("PUT", f"/clusters/{cluster}", change).status_code == 200
    ended = wire.ended(job)
    assert ended["State"] == "Finished"
    assert ended["Message"] == ""
    assert ended["TaskMetrics"] == metrics(Finished=1)
    assert ended["InstanceMetrics"] == metrics(Finished=3)
    assert ended["CreationTime"] <= ended["StartTime"] <= ended["EndTime"]
    for instance in wire.instances(job, "Echo"):
        index = instance["InstanceId"]
        assert instance["State"] == "Finished"
        assert instance["Result"]["ExitCode"] == 0
        assert instance["NodeIp"]
        assert instance == wire.get(f"/jobs/{job}/tasks/Echo/instances/{index}")
        for kind, member in (("stdout", "StdoutRedirectPath"), ("stderr", "StderrRedirectPath")):
            assert instance[member] == f"oss://bucket/logs/{kind}.{job}.Echo.{index}"
        assert stream(server, job, "Echo", index) == f"out {index}\n"
        assert stream(server, job, "Echo", index, "stderr") == "err\n"
    assert wire.get(f"/jobs/{job}/tasks/Echo") == wire.get(f"/jobs/{job}/tasks")["Items"][0]
    wire.send("DELETE", f"/clusters/{cluster}")


def test_environment_of_a_program(server: LocalServer, wire: Wire) -> None:
    cluster = wire.cluster(1, EnvVars={"FROM": "cluster", "ONLY": "cluster"})
    described = task("env", cluster)
    described["Parameters"]["Command"]["EnvVars"] = {"FROM": "command", "TEXT": "a b=c"}
    job = wire.job({"t": described})
    assert wire.ended(job)["State"] == "Finished"
    lines = dict(line.split("=", 1) for line in stream(server, job, "t", 0).splitlines())
    assert lines["BATCH_COMPUTE_DAG_JOB_ID"] == job
    assert lines["BATCH_COMPUTE_DAG_TASK_ID"] == "t"
    assert lines["BATCH_COMPUTE_DAG_INSTANCE_ID"] == "0"
    assert lines["BATCH_COMPUTE_OSS_HOST"] == server.objects_endpoint.removeprefix("http://")
    assert lines["BATCH_COMPUTE_REGION"] == "cn-hangzhou"
    assert lines["BATCH_COMPUTE_CLUSTER_ID"] == cluster
    machines = wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    assert lines["BATCH_COMPUTE_WORKER_ID"] == machines[0]["Id"]
    assert (lines["FROM"], lines["ONLY"], lines["TEXT"]) == ("command", "cluster", "a b=c")
    secrets = (server.access_key_secret, "ALIBABA_CLOUD", "PYTEST_CURRENT_TEST")
    assert not any(each in stream(server, job, "t", 0) for each in secrets)
    wire.send("DELETE", f"/clusters/{cluster}")


def test_streams_are_discarded_without_a_path(wire: Wire, cluster: str) -> None:
    described = task("echo gone", cluster)
    described["Parameters"]["StdoutRedirectPath"] = ""
    del described["Parameters"]["StderrRedirectPath"]
    job = wire.job({"t": described})
    assert wire.ended(job)["State"] == "Finished"
    (instance,) = wire.instances(job, "t")
    assert (instance["StdoutRedirectPath"], instance["StderrRedirectPath"]) == ("", "")


@pytest.mark.parametrize("code", [1, 3, 255])
def test_exit_code_is_reported(wire: Wire, cluster: str, code: int) -> None:
    job = wire.job({"t": task(f"exit {code}", cluster)})
    ended = wire.ended(job)
    assert ended["State"] == "Failed"
    assert ended["Message"] == f"Task t: instance 0 exited with code {code}."
    (instance,) = wire.instances(job, "t")
    assert (instance["State"], instance["Result"]["ExitCode"]) == ("Failed", code)


def test_retries_end_with_the_first_success(server: LocalServer, wire: Wire) -> None:
    cluster = wire.cluster(1)
    # The program cannot keep anything, so the object of its second run tells it apart.
    described = task("ls /in && exit 0; mkdir -p out; echo x > out/mark; exit 4", cluster)
    described["MaxRetryCount"] = 2
    job = wire.job({"t": described})
    ended = wire.ended(job)
    assert ended["State"] == "Failed"
    (instance,) = wire.instances(job, "t")
    assert (instance["RetryCount"], instance["Result"]["ExitCode"]) == (2, 4)
    wire.send("DELETE", f"/clusters/{cluster}")


def test_timeout_kills_and_fails(wire: Wire, cluster: str) -> None:
    # Unless it is killed, it goes on for longer than the test waits.
    job = wire.job({"t": task("sleep 600", cluster, Timeout=1)})
    assert wire.ended(job)["State"] == "Failed"
    (instance,) = wire.instances(job, "t")
    assert instance["State"] == "Failed"
    assert instance["Result"]["ErrorCode"]
    assert "Timeout" in wire.get(f"/jobs/{job}")["Message"]


def test_stop_kills_the_whole_tree(wire: Wire, cluster: str) -> None:
    mark = unique_seconds()
    command = f"(setsid sleep {mark} &); nohup sleep {mark} & sleep {mark}"
    job = wire.job({"t": task(command, cluster, 2)})
    wire.until(f"/jobs/{job}", lambda seen: seen["InstanceMetrics"]["RunningCount"] == 2)
    until_processes(mark, True)
    assert wire.send("POST", f"/jobs/{job}/stop").status_code == 201
    seen = wire.get(f"/jobs/{job}")
    assert seen["State"] == "Stopped"
    assert seen["InstanceMetrics"] == metrics(Stopped=2)
    until_processes(mark, False)


def test_deleted_cluster_ends_the_whole_tree(wire: Wire) -> None:
    mark = unique_seconds()
    cluster = wire.cluster(1)
    command = f"(setsid sh -c \"trap '' TERM; sleep {mark}; true\" &); sleep {mark}"
    job = wire.job({"t": task(command, cluster, MaxRetryCount=3)})
    wire.until(f"/jobs/{job}", lambda seen: seen["InstanceMetrics"]["RunningCount"] == 1)
    until_processes(mark, True)
    assert wire.send("DELETE", f"/clusters/{cluster}").status_code == 204
    assert wire.ended(job)["State"] == "Failed"
    until_processes(mark, False)


def test_start_runs_only_what_did_not_finish(server: LocalServer, wire: Wire) -> None:
    cluster = wire.cluster(2)
    command = 'test "$BATCH_COMPUTE_DAG_INSTANCE_ID" = 0 || sleep 600; date +%s%N'
    job = wire.job({"t": task(command, cluster, 2)})
    wire.until(
        f"/jobs/{job}",
        lambda seen: seen["InstanceMetrics"] == metrics(Finished=1, Running=1),
    )
    first = stream(server, job, "t", 0)
    finished = wire.get(f"/jobs/{job}/tasks/t/instances/0")
    wire.send("POST", f"/jobs/{job}/stop")
    assert wire.send("POST", f"/jobs/{job}/start").status_code == 201
    seen = wire.get(f"/jobs/{job}")
    assert seen["State"] in ("Waiting", "Running")
    wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    assert stream(server, job, "t", 0) == first
    assert wire.get(f"/jobs/{job}/tasks/t/instances/0") == finished
    wire.send("POST", f"/jobs/{job}/stop")
    assert wire.send("DELETE", f"/jobs/{job}").status_code == 204
    wire.send("DELETE", f"/clusters/{cluster}")


def test_failed_job_can_be_started_again(wire: Wire, cluster: str) -> None:
    job = wire.job({"t": task("exit 1", cluster)})
    wire.ended(job)
    assert wire.send("POST", f"/jobs/{job}/start").status_code == 201
    assert wire.ended(job)["State"] == "Failed"


def test_dag_order(server: LocalServer, wire: Wire, cluster: str) -> None:
    names = ("split", "count", "merge")
    # The machine's uptime and not its clock, which may be set back meanwhile.
    moment = "cut -d ' ' -f 1 /proc/uptime"
    job = wire.job(
        {name: task(f"{moment}; sleep 0.1; {moment}", cluster, 2) for name in names},
        {"split": ["count"], "count": ["merge"]},
    )
    assert wire.ended(job)["State"] == "Finished"
    moments = [
        [float(each) for index in range(2) for each in stream(server, job, name, index).split()]
        for name in names
    ]
    assert max(moments[0]) <= min(moments[1])
    assert max(moments[1]) <= min(moments[2])
    listed = wire.get(f"/jobs/{job}/tasks")["Items"]
    assert [each["TaskName"] for each in listed] == list(names)


def test_priority_before_age(wire: Wire) -> None:
    cluster = wire.cluster(0)
    one = {"t": task("true", cluster)}
    low, middle, high = (wire.job(one, Priority=each) for each in (1, 5, 9))
    change = {"Groups": {"group": {"DesiredVMCount": 1}}}
    assert wire.send("PUT", f"/clusters/{cluster}", change).status_code == 200
    for job in (low, middle, high):
        assert wire.ended(job)["State"] == "Finished"
    started = [wire.get(f"/jobs/{job}")["StartTime"] for job in (high, middle, low)]
    assert started == sorted(started)
    wire.send("DELETE", f"/clusters/{cluster}")


def test_failure_fails_the_job_by_default(wire: Wire, cluster: str) -> None:
    command = 'test "$BATCH_COMPUTE_DAG_INSTANCE_ID" = 1 && exit 1; sleep 600'
    job = wire.job({"a": task(command, cluster, 2), "b": task("true", cluster)}, {"a": ["b"]})
    assert wire.ended(job)["State"] == "Failed"
    tasks = {each["TaskName"]: each["State"] for each in wire.get(f"/jobs/{job}/tasks")["Items"]}
    assert tasks == {"a": "Failed", "b": "Stopped"}
    states = [each["State"] for each in wire.instances(job, "a")]
    assert states == ["Stopped", "Failed"]


def test_failure_is_tolerated_if_asked_for(wire: Wire, cluster: str) -> None:
    command = 'test "$BATCH_COMPUTE_DAG_INSTANCE_ID" != 1'
    job = wire.job(
        {"a": task(command, cluster, 2), "b": task("true", cluster)},
        {"a": ["b"]},
        JobFailOnInstanceFail=False,
    )
    ended = wire.ended(job)
    assert ended["State"] == "Finished"
    assert ended["InstanceMetrics"] == metrics(Finished=2, Failed=1)


def test_auto_cluster_is_made_and_released(wire: Wire, visible: Path) -> None:
    gate = until_there(visible / "gate")
    job = wire.job({"released": task(gate, count=2, AutoCluster={"ImageId": "img-ubuntu"})})
    (own,) = (each for each in wire.get("/clusters")["Items"] if each["Name"] == "released")
    assert own["Groups"].keys() == {"auto"}
    (visible / "gate").touch()
    assert wire.ended(job)["State"] == "Finished"
    wire.until("/clusters", lambda seen: own["Id"] not in [each["Id"] for each in seen["Items"]])


def test_auto_cluster_is_kept_after_a_failure(wire: Wire) -> None:
    auto = {"ImageId": "img-ubuntu", "ReserveOnFail": True}
    job = wire.job({"failing": task("exit 1", AutoCluster=auto)})
    assert wire.ended(job)["State"] == "Failed"
    (own,) = (each for each in wire.get("/clusters")["Items"] if each["Name"] == "failing")
    assert own["State"] == "Active"
    machines = wire.get(f"/clusters/{own['Id']}/groups/auto/instances")["Items"]
    assert machines[0]["Hint"] == "failing"
    assert wire.send("DELETE", f"/clusters/{own['Id']}").status_code == 204


def test_delete_rules(wire: Wire, cluster: str) -> None:
    job = wire.job({"t": task("sleep 600", cluster)})
    assert wire.refused("DELETE", f"/jobs/{job}")[:2] == (409, "StateConflict")
    wire.send("POST", f"/jobs/{job}/stop")
    assert wire.send("DELETE", f"/jobs/{job}").status_code == 204
    missing = (404, "InvalidResource.NotFound")
    assert wire.refused("GET", f"/jobs/{job}")[:2] == missing
    assert wire.refused("GET", f"/jobs/{job}/tasks")[:2] == missing
    assert wire.refused("DELETE", f"/jobs/{job}")[:2] == missing


def test_auto_release(wire: Wire, cluster: str) -> None:
    job = wire.job({"t": task("true", cluster)}, AutoRelease=True)
    deadline = time.monotonic() + 60
    while wire.send("GET", f"/jobs/{job}").status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stopping_what_has_ended_conflicts(wire: Wire, cluster: str) -> None:
    job = wire.job({"t": task("true", cluster)})
    wire.ended(job)
    status, code, message = wire.refused("POST", f"/jobs/{job}/stop")
    assert (status, code) == (409, "StateConflict")
    assert message == "User operation is invalid. The current resource state is Finished."
    assert wire.refused("POST", f"/jobs/{job}/start")[:2] == (409, "StateConflict")


@pytest.mark.parametrize("priority", [7, "7"])
def test_priority_of_a_stopped_job_can_be_changed(
    wire: Wire, cluster: str, priority: int | str
) -> None:
    job = wire.job({"t": task("sleep 600", cluster)}, Priority=1)
    change = {"Priority": priority}
    assert wire.refused("PUT", f"/jobs/{job}", change)[:2] == (409, "StateConflict")
    wire.send("POST", f"/jobs/{job}/stop")
    assert wire.send("PUT", f"/jobs/{job}", change).status_code == 200
    assert wire.get(f"/jobs/{job}")["Priority"] == 7
    assert wire.get(f"/jobs/{job}?description")["Priority"] == 7


def test_description_is_echoed(wire: Wire, cluster: str) -> None:
    tasks = {"t": {**task("true", cluster), "AutoCluster": {"ImageId": ""}, "Unknown": [1]}}
    job = wire.job(tasks, Description="ünïcode")
    echoed = wire.get(f"/jobs/{job}?description")
    assert echoed["Id"] == job
    assert echoed["Type"] == "DAG"
    assert echoed["Description"] == "ünïcode"
    assert echoes(echoed["DAG"]["Tasks"], tasks)


def test_idempotent_token(wire: Wire, cluster: str) -> None:
    tasks = {"t": task("true", cluster)}
    body = {"Name": "job", "Type": "DAG", "DAG": {"Tasks": tasks}}
    target = f"/jobs?IdempotentToken=token_{cluster[4:]}"
    made = wire.create(target, body)
    assert wire.create(target, body) == made
    refused = wire.refused("POST", target, {**body, "Name": "other"})
    assert refused[:2] == (400, "IdempotentTokenMismatch")
    wire.ended(made)
    wire.send("DELETE", f"/jobs/{made}")
    assert wire.create(target, body) == made


def test_package_and_mappings(server: LocalServer, wire: Wire, cluster: str) -> None:
    server.objects.put_bytes(b"data\n", "oss://bucket/in/file")
    described = task("cat /in/file > /out/copy; echo noted > run.log", cluster)
    described["InputMapping"] = {"oss://bucket/in/": "/in/"}
    described["OutputMapping"] = {"/out/": "oss://bucket/out/"}
    described["LogMapping"] = {"run.log": "oss://bucket/notes/"}
    job = wire.job({"t": described})
    assert wire.ended(job)["State"] == "Finished", wire.instances(job, "t")
    assert server.read_object("oss://bucket/out/copy") == b"data\n"
    assert server.read_object(f"oss://bucket/notes/run.log.{job}.t.0") == b"noted\n"


@pytest.mark.parametrize("write_support", [True, False])
def test_nothing_that_is_written_below_an_input_reaches_it(
    server: LocalServer, wire: Wire, cluster: str, write_support: bool
) -> None:
    """Some clients send WriteSupport for every task, and it makes no difference here."""
    server.objects.put_bytes(b"data\n", "oss://bucket/kept/file")
    described = task("echo new > /kept/new; echo other > /kept/file; cat /kept/file", cluster)
    described["WriteSupport"] = write_support
    entry = {"Source": "oss://bucket/kept/", "Destination": "/kept/"}
    described["Mounts"] = {"Entries": [{**entry, "WriteSupport": write_support}]}
    job = wire.job({"t": described})
    assert wire.ended(job)["State"] == "Finished", wire.instances(job, "t")
    assert [info.address for info in server.objects.list_prefix("oss://bucket/kept/")] == [
        "oss://bucket/kept/file"
    ]
    assert server.read_object("oss://bucket/kept/file") == b"data\n"


def test_many_instances_are_listed_before_they_run(wire: Wire) -> None:
    cluster = wire.cluster(0)
    job = wire.job({"t": task("true", cluster, 100_000)})
    assert wire.get(f"/jobs/{job}")["InstanceMetrics"] == metrics(Waiting=100_000)
    page = wire.get(f"/jobs/{job}/tasks/t/instances?Marker=99950&MaxItemCount=100")
    assert [each["InstanceId"] for each in page["Items"]] == list(range(99_950, 100_000))
    assert page["NextMarker"] == ""
    page = wire.get(f"/jobs/{job}/tasks/t/instances?Marker&MaxItemCount=100")
    assert page["NextMarker"] == 100
    wire.send("POST", f"/jobs/{job}/stop")
    assert wire.get(f"/jobs/{job}/tasks/t/instances/99999")["State"] == "Stopped"
    assert wire.send("DELETE", f"/jobs/{job}").status_code == 204
