"""Operations on Apps. Those that others have granted to the caller are the public ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.errors import already_existing, invalid, not_found
from batchcompute.server.rules.apps.description import check_app, images_of
from batchcompute.server.rules.apps.found import find_granted, find_own, list_granted
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.images.description import require_linux
from batchcompute.server.rules.paging import cut
from batchcompute.server.rules.tokens import once
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import app_queries
from batchcompute.server.store.numbers import next_numbers
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import app_revisions, apps

#: Revisions are numbered by integers of four bytes.
_MAX_DIGITS = 9


def create_app(call: Call) -> Command:
    """Make an App with its revision 0."""
    body = call.body
    check_app(body)

    def make(unit: Unit) -> str:
        name: str = body["Name"]
        account = call.caller.account
        if app_queries.find_app(unit.connection, name, account=account) is not None:
            raise already_existing()
        require_linux(unit, images_of(body), call.caller)
        (seq,) = next_numbers(unit.connection, "app")
        unit.connection.execute(
            insert(apps).values(
                seq=seq, name=name, created=unit.now, next_revision=1, account=account
            )
        )
        _add_revision(unit, seq, 0, body)
        return name

    return lambda unit: {"Name": once(unit, "app", call.token, body, make, call.caller.account)}


def modify_app(call: Call) -> Command:
    """Add a revision to an App; jobs made from now on use it."""
    body = call.body
    name = call.path["AppName"]
    if body["Name"] != name:
        raise invalid("Name", f"It must be {name}, the name in the path.")
    check_app(body)

    def modify(unit: Unit) -> None:
        app = _app(unit.connection, call, name)
        require_linux(unit, images_of(body), call.caller)
        _add_revision(unit, app.seq, app.next_revision, body)
        unit.connection.execute(
            update(apps).where(apps.c.seq == app.seq).values(next_revision=apps.c.next_revision + 1)
        )

    return modify


def delete_app(call: Call) -> Command:
    """Delete an App, or one revision of it; with the last one it is gone as well."""
    name = call.path["AppName"]
    qualifier = call.query.get("Qualifier", "")

    def remove(unit: Unit) -> None:
        app = _app(unit.connection, call, name, qualifier)
        revisions = delete(app_revisions).where(app_revisions.c.app_seq == app.seq)
        if qualifier:
            revisions = revisions.where(app_revisions.c.revision == app.revision)
        unit.connection.execute(revisions)
        left = select(app_revisions.c.revision).where(app_revisions.c.app_seq == app.seq)
        if unit.connection.execute(left.limit(1)).first() is None:
            unit.connection.execute(delete(apps).where(apps.c.seq == app.seq))

    return remove


def list_apps(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of Apps, of those that were granted if public ones are asked for."""
    limit = call.page_size + 1
    if _is_public(call):
        found: Sequence[AnyRow] = list_granted(connection, call.caller, call.marker)[:limit]
    else:
        found = app_queries.list_apps(
            connection, marker=call.marker, limit=limit, account=call.caller.scope
        )
    # Names repeat where those of several accounts are listed.
    repeats = len(found) == limit > 1 and found[-1].name == found[-2].name
    next_page = app_queries.marker_of if repeats else _name
    return cut(found, call.page_size, next_page).to_wire(_show_app)


def get_app(connection: Connection, call: Call) -> dict[str, Any]:
    """Show the public face of an App."""
    name = call.path["AppName"]
    if not _is_public(call):
        return _show_app(_app(connection, call, name))
    app = find_granted(connection, call.caller, name)
    if app is None:
        raise not_found()
    return _show_app(app)


def get_app_detail(connection: Connection, call: Call) -> dict[str, Any]:
    """Echo one revision of an App as it was sent."""
    app = _app(connection, call, call.path["AppName"], call.query.get("Qualifier", ""))
    description: dict[str, Any] = json.loads(app.description)
    return description


def get_app_revisions(connection: Connection, call: Call) -> list[dict[str, Any]]:
    """Show the revisions that an App has, oldest first."""
    app = _app(connection, call, call.path["AppName"])
    return [
        {"Revision": row.revision, "UpdateTime": to_wire(row.updated)}
        for row in app_queries.list_revisions(connection, app.seq)
    ]


def _app(connection: Connection, call: Call, name: str, qualifier: str = "") -> AnyRow:
    revision = None
    if qualifier:
        # Text that is no number would be an alias, which nothing here makes.
        if not (qualifier.isascii() and qualifier.isdigit()) or len(qualifier) > _MAX_DIGITS:
            raise not_found()
        revision = int(qualifier)
    app = find_own(connection, call.caller, name, revision)
    if app is None:
        raise not_found()
    return app


def _name(app: AnyRow) -> str:
    return str(app.name)


def _is_public(call: Call) -> bool:
    return bool(call.query.get("Scope") == "Public")


def _add_revision(unit: Unit, app_seq: int, revision: int, body: Mapping[str, Any]) -> None:
    unit.connection.execute(
        insert(app_revisions).values(
            app_seq=app_seq,
            revision=revision,
            updated=unit.now,
            description=json.dumps(body, separators=(",", ":")),
        )
    )


def _show_app(app: AnyRow) -> dict[str, Any]:
    description = json.loads(app.description)
    shown = {
        "Name": app.name,
        "Description": description.get("Description", ""),
        "CreationTime": to_wire(app.created),
        "OwnerId": app.account,
    }
    for member in ("InputParameters", "OutputParameters"):
        parameters = description.get(member, {})
        shown[member] = {name: _show_parameter(each) for name, each in parameters.items()}
    return {**shown, "Config": description.get("Config", {})}


def _show_parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    # Where the value is to be found locally is the App's own business.
    public = {name: value for name, value in parameter.items() if name != "LocalPath"}
    return {"Default": None, "Description": "", "Type": "String", **public}
