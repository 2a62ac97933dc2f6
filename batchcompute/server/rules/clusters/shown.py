"""How clusters and their VMs look on the wire."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from batchcompute.server.model import states
from batchcompute.server.model.clock import to_wire
from batchcompute.server.store.rows import AnyRow


def show_cluster(
    cluster: AnyRow,
    groups: Sequence[AnyRow],
    counts: Sequence[AnyRow],
    logs: Sequence[AnyRow],
) -> dict[str, Any]:
    """Show a cluster.

    Args:
        cluster: Its row.
        groups: Its groups.
        counts: Its machines counted, per group and state.
        logs: Its operation logs.
    """
    description = json.loads(cluster.description)
    running: Counter[str] = Counter()
    by_state: Counter[str] = Counter()
    for row in counts:
        by_state[row.state] += row.number
        if row.state == states.RUNNING:
            running[row.group_name] += row.number
    shown: dict[str, Any] = {
        "Id": cluster.id,
        "Name": description["Name"],
        "Description": description.get("Description", ""),
        "OwnerId": cluster.account,
        "CreationTime": to_wire(cluster.created),
        "State": cluster.state,
        "ImageId": description["ImageId"],
        "InstanceType": description.get("InstanceType", ""),
        "Groups": {
            group.name: _show_group(group, description, running[group.name]) for group in groups
        },
        "Metrics": {
            "RunningCount": by_state[states.RUNNING],
            "StartingCount": by_state[states.PENDING] + by_state[states.STARTING],
            "StoppingCount": by_state[states.DELETING],
            "StoppedCount": 0,
        },
        "OperationLogs": [row.line for row in logs],
        "UserData": description.get("UserData", {}),
    }
    for name in ("EnvVars", "Bootstrap", "Configs", "InputMapping"):
        if name in description:
            shown[name] = description[name]
    # Always, as programs read it without a look.
    topic = description.get("Notification", {}).get("Topic", {})
    shown["Notification"] = {"Topic": {"Name": "", "Endpoint": "", "Events": [], **topic}}
    return shown


def show_machine(machine: AnyRow, *, hint: str) -> dict[str, Any]:
    """Show a machine of a cluster.

    Args:
        machine: Its row.
        hint: Name of the task whose own cluster it belongs to, or "".
    """
    shown = {
        "Id": machine.id,
        "State": machine.state,
        "CreationTime": to_wire(machine.created),
        "Hint": hint,
    }
    if machine.ip_address:
        shown["IpAddress"] = machine.ip_address
    if machine.host_name:
        shown["HostName"] = machine.host_name
    return shown


def _show_group(group: AnyRow, description: Mapping[str, Any], actual: int) -> dict[str, Any]:
    sent = description["Groups"].get(group.name, {})
    shown = {
        "DesiredVMCount": group.desired,
        "ActualVMCount": actual,
        "InstanceType": sent.get("InstanceType") or description.get("InstanceType", ""),
        "ResourceType": sent.get("ResourceType") or "OnDemand",
    }
    for name in ("SpotStrategy", "SpotPriceLimit", "HostnamePrefix", "ImageId"):
        if name in sent:
            shown[name] = sent[name]
    return shown
