"""The launcher of Kubernetes: a VM is a pod that runs one agent, by the command `kubectl`.

A pod is named after its VM, so that a second one cannot be made. The agent's token is in a Secret
of the same name, where those who may look at pods do not see it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from batchcompute.server.executors.launchers.agent_script import Site, agent_arguments
from batchcompute.server.executors.launchers.command_lines import Answer, one_line, run
from batchcompute.server.executors.launchers.interface import (
    AgentCommand,
    LaunchError,
    Observation,
    VMSpec,
)

#: Labels of all that is made here.
_MANAGED_BY, _VM, _POOL = "app.kubernetes.io/managed-by", "batchcompute/vm", "batchcompute/pool"
_OURS = "batchcompute"
_SECONDS = 60.0
#: How long a pod may take to end: an agent lets its programs give way first.
_GRACE_SECONDS = 60
_DATA = "/var/lib/batchcompute"
#: Why a pod ends without a fault of it, its node or its program: conditions, and reasons.
_PLANNED = frozenset({"Preempting", "Preempted", "Terminated", "NodeShutdown", "Shutdown"})
_PLANNED_DISRUPTIONS = frozenset(
    {
        "PreemptionByScheduler",
        "EvictionByEvictionAPI",
        "DeletionByTaintManager",
        "TerminationByKubelet",
    }
)


@dataclass(frozen=True, slots=True)
class KubernetesOptions:
    """The settings of a pool about its pods.

    Attributes:
        image: Image with this package and what programs need.
        namespace: Where pods are made; "" for that of the context.
        context: Of the file that kubectl reads; "" for the current one.
        kubeconfig: That file; "" for the usual one.
        labels, annotations: Of every pod.
        spec: Added to the pod's spec, table by table: nodeSelector, tolerations, volumes, ….
        container: Added to the container in it, likewise.
    """

    image: str
    namespace: str = ""
    context: str = ""
    kubeconfig: str = ""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    spec: Mapping[str, Any] = field(default_factory=dict[str, Any])
    container: Mapping[str, Any] = field(default_factory=dict[str, Any])


class KubernetesLauncher:
    """Makes pods; see `Launcher` for what the verbs mean."""

    observe_seconds = 5.0

    def __init__(self, pool: str, options: KubernetesOptions, site: Site) -> None:
        """Describe a launcher; nothing is asked before the first verb.

        Args:
            pool: Name of the pool, in letters, digits, "-" and "_".
            options: What its pods are like.
            site: What is to be known about them.
        """
        self._pool = pool
        self._options = options
        self._site = site

    def check(self) -> tuple[str, ...]:
        """Have the cluster validate a pod, and make none."""
        if shutil.which("kubectl") is None:
            raise LaunchError("kubectl: no such command on the PATH")
        spec = VMSpec("", "", "")
        trial = self._objects("i-trial", AgentCommand(("true",), {"trial": ""}), spec)
        for each in trial:
            self._must(["create", "--dry-run=server", "-f", "-"], each)
        return (f"the cluster would take a pod of image {self._options.image}",)

    def ensure(self, vm_id: str, command: AgentCommand, spec: VMSpec) -> str:
        """Make the pod of a VM, unless it is there."""
        for each in self._objects(vm_id, command, spec):
            answer = self._kubectl(["create", "-f", "-"], each)
            is_there = "AlreadyExists" in answer.errors and "being deleted" not in answer.errors
            if answer.code != 0 and not is_there:
                raise LaunchError(answer.words)
        return vm_id

    def release(self, vm_id: str, reference: str) -> None:
        """Delete the pod of a VM, which gets its time to end."""
        del reference
        which = ["pod,secret", "--selector", f"{_VM}={vm_id}"]
        self._must(["delete", *which, "--ignore-not-found", "--wait=false"])

    def observe(self, vms: Mapping[str, str]) -> Mapping[str, Observation]:
        """Ask for all pods of the pool at once."""
        selector = f"{_MANAGED_BY}={_OURS},{_POOL}={self._pool}"
        answer = self._must(["get", "pods", "--selector", selector, "--output=json"])
        try:
            pods = cast("list[dict[str, Any]]", json.loads(answer.output)["items"])
        except (ValueError, KeyError) as error:
            raise LaunchError("kubectl did not answer with a list of pods") from error
        found = {pod["metadata"]["labels"].get(_VM, ""): _seen(pod) for pod in pods}
        gone = Observation("gone", words="its pod is no more", certain=True)
        return {vm_id: found.get(vm_id, gone) for vm_id in vms}

    def close(self, *, release: Collection[str] = ()) -> None:
        """Let go of nothing: pods go on."""

    def _objects(
        self, vm_id: str, command: AgentCommand, spec: VMSpec
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the Secret and the Pod of a VM."""
        options = self._options
        labels = {**options.labels, _MANAGED_BY: _OURS, _VM: vm_id, _POOL: self._pool}
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": vm_id, "labels": labels},
            "stringData": dict(command.environment),
        }
        arguments = agent_arguments(vm_id, command, self._site)
        container = {
            "name": "agent",
            "image": options.image,
            "command": [*arguments, "--data-dir", f"{_DATA}/agent"],
            "envFrom": [{"secretRef": {"name": vm_id}}],
            "resources": _resources(spec),
            "volumeMounts": [{"name": "data", "mountPath": _DATA}],
        }
        pod_spec: dict[str, Any] = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": _GRACE_SECONDS,
            "containers": [_merged(container, options.container)],
            "volumes": [{"name": "data", "emptyDir": {}}],
        }
        if self._site.walltime_seconds is not None:
            pod_spec["activeDeadlineSeconds"] = round(self._site.walltime_seconds)
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": vm_id,
                "labels": labels,
                "annotations": dict(options.annotations),
            },
            "spec": _merged(pod_spec, options.spec),
        }
        return secret, pod

    def _must(self, arguments: Sequence[str], given: Mapping[str, Any] | None = None) -> Answer:
        answer = self._kubectl(arguments, given)
        if answer.code != 0:
            raise LaunchError(answer.words)
        return answer

    def _kubectl(self, arguments: Sequence[str], given: Mapping[str, Any] | None = None) -> Answer:
        options = self._options
        common = [
            f"--{name}={value}"
            for name, value in (
                ("kubeconfig", options.kubeconfig),
                ("context", options.context),
                ("namespace", options.namespace),
            )
            if value
        ]
        text = None if given is None else json.dumps(given)
        # How it signs in may be up to variables, and nothing of them gets to a pod.
        command = ["kubectl", *common, *arguments]
        return run(command, seconds=_SECONDS, given=text, hands_on=False)


def _resources(spec: VMSpec) -> dict[str, Any]:
    """Return what a container asks for; memory beyond that ends it, processors are shared."""
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    if spec.processors:
        requests["cpu"] = str(spec.processors)
    if spec.memory_mib:
        requests["memory"] = limits["memory"] = f"{spec.memory_mib}Mi"
    if spec.gpus:
        limits["nvidia.com/gpu"] = str(spec.gpus)
    return {"requests": requests, "limits": limits}


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with the values of another one in it; lists are put together."""
    merged = dict(ours)
    for name, value in theirs.items():
        known = merged.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[name] = _merged(cast("dict[str, Any]", known), cast("dict[str, Any]", value))
        elif isinstance(known, list) and isinstance(value, list) and name != "command":
            merged[name] = [*known, *value]
        else:
            merged[name] = value
    return merged


def _seen(pod: Mapping[str, Any]) -> Observation:
    status = cast("Mapping[str, Any]", pod.get("status") or {})
    phase = str(status.get("phase", ""))
    reason, message = str(status.get("reason") or ""), str(status.get("message") or "")
    conditions = cast("list[dict[str, Any]]", status.get("conditions") or [])
    states = [
        cast("dict[str, Any]", each.get("state") or {})
        for each in cast("list[dict[str, Any]]", status.get("containerStatuses") or [])
    ]
    if phase == "Pending":
        # Why it is not placed, or what its container waits for.
        said = [each.get("message") for each in conditions if each.get("status") == "False"]
        for state in states:
            waiting = cast("dict[str, Any]", state.get("waiting") or {})
            said = [waiting.get("reason"), waiting.get("message")] if waiting else said
        words = one_line("\n".join(str(each) for each in said if each))
        return Observation("pending", words=words)
    if phase == "Running":
        return Observation("running")
    if phase not in ("Succeeded", "Failed"):
        return Observation("unknown", words=one_line(f"its pod is {phase or 'new'} {message}"))
    disruptions = [each for each in conditions if each.get("type") == "DisruptionTarget"]
    parts = [f"its pod has {phase.lower()}", reason, message]
    for state in states:
        ended = cast("dict[str, Any]", state.get("terminated") or {})
        if ended:
            parts.append(f"exit code {ended.get('exitCode')} {ended.get('reason') or ''}")
            parts.append(str(ended.get("message") or ""))
    parts += [str(each.get("message") or "") for each in disruptions]
    planned = (
        phase == "Succeeded"
        or reason in (*_PLANNED, "DeadlineExceeded")
        or any(each.get("reason") in _PLANNED_DISRUPTIONS for each in disruptions)
    )
    words = one_line("\n".join(filter(None, parts)))
    return Observation("gone", words=words, planned=planned, certain=True)
