"""The launcher of Kubernetes, against a kubectl that says what a cluster rarely says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.launchers.agent_script import Site
from batchcompute.server.executors.launchers.interface import AgentCommand, LaunchError, VMSpec
from batchcompute.server.executors.launchers.kubernetes import KubernetesLauncher, KubernetesOptions
from tests.engines import MadeUpEngine

_COMMAND = AgentCommand(("/here/python", "-m", "agent"), {"BATCHCOMPUTE_AGENT_TOKEN": "secret"})
_SPEC = VMSpec("cls.group", "cls", "group", processors=2, memory_mib=512, gpus=1)
_EXISTS = (
    'Error from server (AlreadyExists): error when creating "STDIN": pods "i-1" already exists\n'
)


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpEngine:
    engine = MadeUpEngine(tmp_path, monkeypatch, "kubectl")
    engine.answer("kubectl", "created\n")
    return engine


def _launcher(**options: Any) -> KubernetesLauncher:
    made = KubernetesOptions(image="registry/agent:1", **options)
    return KubernetesLauncher("night", made, Site(python="python3", walltime_seconds=7200))


def _pod(phase: str, vm_id: str = "i-1", **status: Any) -> dict[str, Any]:
    metadata = {"name": vm_id, "labels": {"batchcompute/vm": vm_id}}
    return {"metadata": metadata, "status": {"phase": phase, **status}}


def _list(*pods: dict[str, Any]) -> str:
    return json.dumps({"items": pods})


def test_vm_is_a_pod_whose_token_is_in_a_secret(kubectl: MadeUpEngine) -> None:
    launcher = _launcher(
        namespace="batch",
        context="lab",
        labels={"team": "a"},
        spec={"nodeSelector": {"disk": "ssd"}, "volumes": [{"name": "data2"}]},
        container={"resources": {"limits": {"cpu": "3"}}},
    )
    assert launcher.ensure("i-1", _COMMAND, _SPEC) == "i-1"
    create = "kubectl --context=lab --namespace=batch create -f -"
    assert kubectl.calls() == [create, create]
    pod = json.loads(kubectl.given("kubectl"))
    assert pod["metadata"]["name"] == "i-1"
    assert pod["metadata"]["labels"]["team"] == "a"
    assert "secret" not in json.dumps(pod["spec"]["containers"][0]["command"])
    spec = pod["spec"]
    assert (spec["restartPolicy"], spec["nodeSelector"]) == ("Never", {"disk": "ssd"})
    assert [each["name"] for each in spec["volumes"]] == ["data", "data2"]
    assert spec["activeDeadlineSeconds"] == 7200
    (container,) = spec["containers"]
    assert container["command"][:3] == ["python3", "-m", "agent"]
    assert container["command"][-2:] == ["--data-dir", "/var/lib/batchcompute/agent"]
    assert container["envFrom"] == [{"secretRef": {"name": "i-1"}}]
    assert container["resources"] == {
        "requests": {"cpu": "2", "memory": "512Mi"},
        "limits": {"memory": "512Mi", "nvidia.com/gpu": "1", "cpu": "3"},
    }


def test_pod_that_is_there_already_is_enough(kubectl: MadeUpEngine) -> None:
    kubectl.answer("kubectl", errors=_EXISTS, code=1)
    assert _launcher().ensure("i-1", _COMMAND, _SPEC) == "i-1"
    kubectl.answer("kubectl", errors="Error from server (Forbidden): quota exceeded\n", code=1)
    with pytest.raises(LaunchError, match="quota exceeded"):
        _launcher().ensure("i-1", _COMMAND, _SPEC)


def test_pod_that_is_still_ending_is_not_taken_for_a_new_one(kubectl: MadeUpEngine) -> None:
    kubectl.answer("kubectl", "secret created\n", once=1)
    errors = "Error from server (AlreadyExists): object is being deleted: pods i-1 already exists\n"
    kubectl.answer("kubectl", errors=errors, code=1)
    with pytest.raises(LaunchError, match="being deleted"):
        _launcher().ensure("i-1", _COMMAND, _SPEC)


@pytest.mark.parametrize(
    ("pod", "standing", "planned", "words"),
    [
        (
            _pod(
                "Pending",
                conditions=[{"status": "False", "message": "0/3 nodes: Insufficient cpu"}],
            ),
            "pending",
            False,
            "Insufficient cpu",
        ),
        (
            _pod(
                "Pending",
                containerStatuses=[
                    {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}}
                ],
            ),
            "pending",
            False,
            "ImagePullBackOff; not found",
        ),
        (_pod("Running"), "running", False, ""),
        (_pod("Succeeded"), "gone", True, "succeeded"),
        (
            _pod(
                "Failed",
                containerStatuses=[
                    {"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
                ],
            ),
            "gone",
            False,
            "exit code 137 OOMKilled",
        ),
        (_pod("Failed", reason="DeadlineExceeded"), "gone", True, "DeadlineExceeded"),
        (_pod("Failed", reason="Evicted", message="low on memory"), "gone", False, "low on memory"),
        (
            _pod(
                "Failed",
                conditions=[{"type": "DisruptionTarget", "reason": "PreemptionByScheduler"}],
            ),
            "gone",
            True,
            "",
        ),
        (_pod("Unknown"), "unknown", False, ""),
    ],
)
def test_what_becomes_of_pods(
    kubectl: MadeUpEngine, pod: dict[str, Any], standing: str, planned: bool, words: str
) -> None:
    kubectl.answer("kubectl", _list(_pod("Running", "i-0"), pod))
    seen = _launcher().observe({"i-1": "i-1", "i-2": "i-2"})
    assert (seen["i-1"].standing, seen["i-1"].planned) == (standing, planned)
    assert words in seen["i-1"].words
    # One that vanished is gone, and nobody has to wait for its lease.
    assert (seen["i-2"].standing, seen["i-2"].certain) == ("gone", True)
    assert len(kubectl.calls()) == 1


def test_cluster_that_does_not_answer_says_nothing_of_pods(kubectl: MadeUpEngine) -> None:
    kubectl.answer("kubectl", errors="The connection to the server was refused\n", code=1)
    with pytest.raises(LaunchError, match="was refused"):
        _launcher().observe({"i-1": "i-1"})
    with pytest.raises(LaunchError, match="was refused"):
        _launcher().release("i-1", "i-1")
    kubectl.answer("kubectl", "not JSON")
    with pytest.raises(LaunchError, match="list of pods"):
        _launcher().observe({"i-1": "i-1"})


def test_release_deletes_the_pod_with_its_secret(kubectl: MadeUpEngine) -> None:
    _launcher().release("i-1", "i-1")
    (call,) = kubectl.calls()
    assert call.startswith("kubectl delete pod,secret --selector batchcompute/vm=i-1 ")


def test_check_has_the_cluster_validate_and_makes_nothing(kubectl: MadeUpEngine) -> None:
    (finding,) = _launcher().check()
    assert "registry/agent:1" in finding
    assert all("--dry-run=server" in call for call in kubectl.calls())
    errors = 'Error from server (BadRequest): unknown field "spec.nodeSelectr"\n'
    kubectl.answer("kubectl", errors=errors, code=1)
    with pytest.raises(LaunchError, match="nodeSelectr"):
        _launcher(spec={"nodeSelectr": {}}).check()
