"""`batchcompute clusters`: list, show, create, scale and delete clusters."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from batchcompute.cli import describing, exit_codes
from batchcompute.cli.arguments import seconds, whole_number
from batchcompute.cli.failures import CommandError, UsageError, exit_code_of, sentence_of
from batchcompute.cli.selection import find_cluster
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.showing import show_pairs
from batchcompute.cli.tables import Column, add_format, json_text, show, table
from batchcompute.cli.times import ago, local
from batchcompute.exceptions import ClientError

ACTIONS: Final = ("list", "show", "create", "scale", "rm")
_GROUP: Final = "workers"
#: VMs and lines of the log that `show` has.
_MOST: Final = 20


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    parser.epilog = (
        "examples:\n"
        "  batchcompute clusters\n"
        "  batchcompute clusters create pool -n 4 --wait\n"
        "  batchcompute clusters scale pool 8\n"
        "  batchcompute clusters show pool\n"
        "  batchcompute clusters rm pool"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list clusters (without an ACTION as well)")
    add_format(listing, of="cluster")
    add_connection(listing)
    shown = actions.add_parser("show", help="show a cluster, its VMs, and what happened to it")
    shown.add_argument("cluster", metavar="CLUSTER", help="an id, or a name that one cluster has")
    shown.add_argument("-o", dest="format", choices=("text", "json"), default="text")
    add_connection(shown)
    create = actions.add_parser("create", help="create a cluster")
    create.add_argument("name", metavar="NAME|FILE", help="a name, or a description in .json/.yaml")
    create.add_argument(
        "-n", "--vms", type=whole_number(0), default=1, metavar="N", help="VMs (default: 1)"
    )
    create.add_argument("--type", default="", metavar="TYPE", help="instance type")
    create.add_argument("--image", default="", metavar="ID", help="VM image (default: img-ubuntu)")
    create.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="NAME=N[:TYPE]",
        help="groups of different machines, instead of -n and --type; may be repeated",
    )
    _add_wait(create)
    add_connection(create)
    scale = actions.add_parser("scale", help="change how many VMs a cluster has")
    scale.add_argument("cluster", metavar="CLUSTER")
    scale.add_argument("counts", nargs="+", metavar="N|GROUP=N")
    _add_wait(scale)
    add_connection(scale)
    remove = actions.add_parser("rm", help="delete clusters")
    remove.add_argument("clusters", nargs="+", metavar="CLUSTER")
    add_connection(remove)


def _add_wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-w", "--wait", action="store_true", help="wait until its VMs run")
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help="give up waiting then")


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    if options.action == "list":
        return _list(options, session)
    if options.action == "show":
        return _show(options, session)
    if options.action == "create":
        return _create(options, session)
    if options.action == "scale":
        return _scale(options, session)
    return _remove(options, session)


def _list(options: argparse.Namespace, session: Session) -> int:
    now = datetime.now(UTC)
    columns: list[Column[Any]] = [
        Column("CLUSTER", lambda cluster: cluster.Id),
        Column("NAME", lambda cluster: cluster.Name, flexible=True),
        Column("STATE", lambda cluster: cluster.State, is_state=True),
        Column("VMS", _vms, right=True),
        Column("TYPES", _types, flexible=True, drop=1),
        Column("CREATED", lambda cluster: ago(cluster.created_at, now), drop=2),
        Column("IMAGE", lambda cluster: cluster.ImageId, wide=True),
        Column("CREATED AT", lambda cluster: local(cluster.created_at), wide=True),
        Column("DESCRIPTION", lambda cluster: cluster.Description, wide=True),
    ]
    found = session.client.list_clusters("", 100).all()
    show(
        session.screen,
        options.format,
        found,
        columns,
        lambda cluster: str(cluster.Id),
        none="no clusters",
    )
    return exit_codes.OK


def _vms(cluster: Any) -> str:
    groups: list[Any] = list(cluster.Groups.values())
    running = sum(group.ActualVMCount or 0 for group in groups)
    return f"{running}/{sum(group.DesiredVMCount or 0 for group in groups)}"


def _types(cluster: Any) -> str:
    kinds = {str(group.InstanceType or cluster.InstanceType) for group in cluster.Groups.values()}
    return ", ".join(sorted(kinds))


def _show(options: argparse.Namespace, session: Session) -> int:
    cluster = session.client.get_cluster(find_cluster(session.client, options.cluster))
    if options.format == "json":
        session.screen.write(json_text(cluster))
        return exit_codes.OK
    now = datetime.now(UTC)
    created = cluster.created_at
    show_pairs(
        session.screen,
        [
            ("Cluster", cluster.Id),
            ("Name", cluster.Name),
            ("State", cluster.State),
            ("Description", cluster.Description),
            ("Image", cluster.ImageId),
            ("Created", created and f"{local(created)} ({ago(created, now)})"),
            ("VMs", f"{_vms(cluster)} run"),
        ],
    )
    groups: list[tuple[str, Any]] = list(cluster.Groups.items())
    columns: list[Column[tuple[str, Any]]] = [
        Column("GROUP", lambda pair: pair[0], flexible=True),
        Column("VMS", lambda pair: f"{pair[1].ActualVMCount}/{pair[1].DesiredVMCount}", right=True),
        Column("TYPE", lambda pair: pair[1].InstanceType or cluster.InstanceType),
    ]
    _table(session, groups, columns)
    vms: list[tuple[str, Any]] = []
    for name, _ in groups:
        page = session.client.list_cluster_instances(cluster.Id, name, "", 100)
        vms += [(name, vm) for vm in islice(page.all(), _MOST + 1 - len(vms))]
    vm_columns: list[Column[tuple[str, Any]]] = [
        Column("VM", lambda pair: pair[1].Id),
        Column("GROUP", lambda pair: pair[0], flexible=True),
        Column("STATE", lambda pair: pair[1].State, is_state=True),
        Column("CREATED", lambda pair: ago(pair[1].created_at, now)),
        Column("ADDRESS", lambda pair: pair[1].IpAddress),
    ]
    if vms:
        _table(session, vms[:_MOST], vm_columns)
    if len(vms) > _MOST:
        session.screen.write("… and more VMs")
    if cluster.OperationLogs:
        session.screen.write("\nWhat happened:")
        lines = [{"line": line} for line in cluster.OperationLogs[-_MOST:]]
        log: list[Column[Mapping[str, str]]] = [
            Column("", lambda item: item["line"], flexible=True)
        ]
        for line in table(session.screen, lines, log)[1:]:
            session.screen.write(line)
    return exit_codes.OK


def _table(session: Session, items: Sequence[Any], columns: Sequence[Column[Any]]) -> None:
    session.screen.write("")
    for line in table(session.screen, items, columns):
        session.screen.write(line)


def _create(options: argparse.Namespace, session: Session) -> int:
    if options.name.endswith((".json", ".yaml", ".yml")):
        if options.group or options.image or options.type or options.vms != 1:
            raise UsageError("a FILE says groups, types and image itself")
        description = describing.read(options.name)
    else:
        image = options.image or describing.IMAGE
        description = {"Name": options.name, "ImageId": image, "Groups": _groups(options, session)}
    made = str(session.client.create_cluster(json.dumps(description)).Id)
    session.screen.write(made)
    return _wait(options, session, made)


def _groups(options: argparse.Namespace, session: Session) -> dict[str, Any]:
    given: list[tuple[str, int, str]] = []
    for text in options.group:
        name, _, rest = text.partition("=")
        number, _, kind = rest.partition(":")
        if not name or not number.isdecimal():
            raise UsageError(f"--group is NAME=N or NAME=N:TYPE, not {text!r}")
        given.append((name, int(number), kind))
    if given and options.vms != 1:
        raise UsageError("-n and --group both say how many VMs: give one of them")
    kind = options.type or describing.offered_type(session)
    return {
        name: {"DesiredVMCount": number, "InstanceType": own or kind, "ResourceType": "OnDemand"}
        for name, number, own in given or [(_GROUP, options.vms, "")]
    }


def _scale(options: argparse.Namespace, session: Session) -> int:
    client = session.client
    found = client.get_cluster(find_cluster(client, options.cluster))
    names: list[str] = list(found.Groups)
    changes: dict[str, int] = {}
    for text in options.counts:
        name, separator, number = text.rpartition("=")
        if not number.isdecimal():
            raise UsageError(f"write a number of VMs, or GROUP=N, not {text!r}")
        if not separator:
            if len(names) != 1:
                raise UsageError(f"which group? write GROUP=N: {', '.join(names)}")
            name = names[0]
        if name not in names:
            listed = ", ".join(names)
            raise CommandError(f"there is no group {name!r}, but {listed}", exit_codes.NOT_FOUND)
        changes[name] = int(number)
    client.change_cluster_desired_vm_count(found.Id, **changes)
    said = ", ".join(f"{name} {number}" for name, number in changes.items())
    session.screen.say(f"{found.Id} will be scaled to {said}")
    return _wait(options, session, str(found.Id))


def _wait(options: argparse.Namespace, session: Session, cluster: str) -> int:
    if options.wait:
        session.screen.flush()
        session.interrupted = f"interrupted; {cluster} goes on starting"
        live = session.screen.has_live_errors
        found = session.client.wait_cluster(cluster, timeout=options.timeout, progress=live)
        session.screen.say(f"{cluster}: {_vms(found)} VMs run")
    return exit_codes.OK


def _remove(options: argparse.Namespace, session: Session) -> int:
    code = exit_codes.OK
    for word in options.clusters:
        try:
            found = find_cluster(session.client, word)
            session.client.delete_cluster(found)
        except (ClientError, CommandError) as error:
            session.screen.say(f"error: {word}: {sentence_of(error)}")
            code = code or exit_code_of(error)
        else:
            session.screen.say(f"{found} deleted")
    return code
