"""Waiting for another server to end, and for what it uses to be free."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from batchcompute.server.process.data_folder import DataFolder
from batchcompute.server.store.database import is_taken

logger = logging.getLogger("batchcompute.server")

#: Seconds between two looks.
_PAUSE_SECONDS = 0.5


def await_turn(folder: DataFolder, database: str, pause: Callable[[float], bool]) -> bool:
    """Wait until no server uses a data folder and a database.

    Another one that waits may be faster; then whoever takes them is told so.

    Args:
        folder: The folder.
        database: URL of the database; "" if it is a file of the folder.
        pause: Waits for so many seconds; returns True if the end was asked for.

    Returns:
        False if the end was asked for.
    """
    said = ""
    while True:
        why = _obstacle(folder, database)
        if not why:
            return True
        if why != said:
            logger.info("standing by: %s", why)
            said = why
        if pause(_PAUSE_SECONDS):
            return False


def _obstacle(folder: DataFolder, database: str) -> str:
    if folder.is_taken():
        return f"another server uses the data folder {folder.path}"
    if not database.startswith("postgresql"):
        return ""
    try:
        return "another server uses the database" if is_taken(database) else ""
    except SQLAlchemyError as error:
        return f"the database cannot be asked: {error.__cause__ or error}"
