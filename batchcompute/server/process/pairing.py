"""A data folder and a database belong together, and each of them knows the other.

The database says which instances run, and the folder has what runs and what was written about it. A
database beside another folder, or a copy of one beside the original of the other, would take what
runs for lost and run it a second time, or take the results of one attempt for those of another. So
both have the folder's identity, and the number of the newest start.
"""

from __future__ import annotations

import secrets
import socket

from batchcompute.server.model.errors import StartError
from batchcompute.server.process.data_folder import DataFolder, Identity
from batchcompute.server.store.database import Database
from batchcompute.server.store.owner import Owner, read_owner, write_owner

_OPTION = "--adopt-database"


def pair(
    folder: DataFolder, database: Database, *, now: int, adopt: bool, turns: bool = False
) -> bool:
    """Begin the next start of a folder and a database, if they belong together.

    Args:
        folder: The folder, locked.
        database: The database, locked.
        now: The present, in microseconds since the epoch.
        adopt: Make them belong together if they do not.
        turns: Other servers take turns with this one, from copies of the folder. Nothing that runs
            is known by the folder alone then.

    Returns:
        True if they did not belong together before, and were used both or one of them.

    Raises:
        StartError: They do not belong together, and are left as they are.
    """
    mine = folder.identity()
    with database.read() as connection:
        theirs = read_owner(connection)
    why = _mismatch(folder, database.name, mine, theirs, turns=turns)
    if why and not adopt:
        raise StartError(why)
    identity = mine.folder if mine is not None else secrets.token_hex(16)
    before = max(0 if mine is None else mine.starts, 0 if theirs is None else theirs.starts)
    start = before + 1
    # In this order, so that whatever a crash leaves behind is a pair: see `_mismatch`.
    folder.store_identity(Identity(identity, before, begun=start))
    with database.write() as connection:
        write_owner(connection, Owner(identity, f"{socket.gethostname()}:{folder.path}", start))
        if why and theirs is not None:
            # Ids that were given since the copy was made must not be given again.
            database.renew_identifiers(connection, now)
    folder.store_identity(Identity(identity, start, begun=start))
    return bool(why)


def _mismatch(
    folder: DataFolder,
    database: str,
    mine: Identity | None,
    theirs: Owner | None,
    *,
    turns: bool,
) -> str:
    """Say in what way a folder and a database do not belong together; "" if they do."""
    if theirs is None:
        # A folder whose first start was broken off before the database had it is as good as new.
        fresh = mine is None or mine.starts == 0
        return "" if fresh else _is_not_its(folder, database, theirs)
    if mine is None or mine.folder != theirs.folder:
        return _is_not_its(folder, database, theirs)
    if theirs.starts in (mine.starts, mine.begun):
        return ""
    if turns and theirs.starts > mine.starts:
        return ""
    if theirs.starts < mine.starts:
        return (
            f"the database {database} is older than the data folder {folder.path}: it was started "
            f"{theirs.starts} times and the folder {mine.starts} times. If the newer one is lost, "
            f"{_OPTION} takes this one: jobs that were made since are gone, their programs are "
            "stopped, and what ran when the copy was made runs again"
        )
    return (
        f"the data folder {folder.path} is older than the database {database}: it was started "
        f"{mine.starts} times and the database {theirs.starts} times, so there is a newer folder, "
        "and what runs there would run here a second time. If that is lost, with all that ran "
        f"there, {_OPTION} takes this one: what was running then runs again"
    )


def _is_not_its(folder: DataFolder, database: str, theirs: Owner | None) -> str:
    if theirs is None:
        return (
            f"the data folder {folder.path} belongs to another database than {database}, which is "
            "new: the jobs of the folder would be unknown. Name their database, or another folder; "
            f"or begin anew with {_OPTION}: programs of the former jobs are stopped"
        )
    return (
        f"the database {database} belongs to the data folder {theirs.place}, not to {folder.path}: "
        "what runs there would run here a second time. Start the service on that folder; if it is "
        f"lost, with all that ran there, {_OPTION} takes this one: what was running then runs "
        "again, and the other folder is refused from now on"
    )
