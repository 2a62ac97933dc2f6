"""Which App a name means: one of the caller's own, or one that was granted to them.

In the API's words an App of one's own is private, and one that others have granted is public.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from batchcompute.server.model.caller import Caller, Kind
from batchcompute.server.store import app_queries
from batchcompute.server.store.rows import AnyRow

#: The prefix of a public App's name in a job.
_PUBLIC: Final = ("", "Public")


def find_own(
    connection: Connection, caller: Caller, name: str, revision: int | None = None
) -> AnyRow | None:
    """Return an App of the caller's, or None; an admin has those of all accounts.

    Args:
        connection: A reader.
        caller: Who calls.
        name: The App's name.
        revision: Number of the revision; None is the newest.
    """
    app = app_queries.find_app(connection, name, revision, account=caller.account)
    if app is not None or caller.scope is not None:
        return app
    accounts = app_queries.accounts_with(connection, name)
    if not accounts or caller.account in accounts:
        return None
    return app_queries.find_app(connection, name, revision, account=accounts[0])


def list_granted(connection: Connection, caller: Caller, marker: str = "") -> list[AnyRow]:
    """Return the Apps that were granted to the caller, in the order of their names.

    Args:
        connection: A reader.
        caller: Who calls.
        marker: The name of the first one.
    """
    first = app_queries.read_marker(marker)
    found: list[AnyRow] = []
    for each in caller.granted(Kind.APP):
        account, _, name = each.partition("/")
        if (name, int(account)) >= first:
            app = app_queries.find_app(connection, name, account=int(account))
            if app is not None:
                found.append(app)
    return sorted(found, key=lambda app: (str(app.name), int(app.account)))


def find_granted(connection: Connection, caller: Caller, name: str) -> AnyRow | None:
    """Return an App that was granted to the caller, or None.

    Args:
        connection: A reader.
        caller: Who calls.
        name: Its name; of several with the same one, that of the oldest account counts.
    """
    return next((app for app in list_granted(connection, caller, name) if app.name == name), None)


def find_named(connection: Connection, caller: Caller, name: str) -> AnyRow | None:
    """Return the App that a job names as `NAME`, `:NAME` or `Public:NAME`; None if there is none.

    Args:
        connection: A reader.
        caller: Who calls.
        name: What the job says.
    """
    scope, separator, rest = name.partition(":")
    if not separator:
        return find_own(connection, caller, name)
    return find_granted(connection, caller, rest) if scope in _PUBLIC else None
