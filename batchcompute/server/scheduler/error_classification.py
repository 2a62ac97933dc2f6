"""Whether an error passes by itself, and what is recorded of a report that is to blame for it."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError

from batchcompute.server.executors.interface import AttemptEnded, AttemptLost, Receipt
from batchcompute.server.store.database import DatabaseTakenError

#: The code of an instance whose end was not recorded as it was reported.
UNRECORDABLE = "UnrecordableResult"

_MESSAGE = (
    "How the attempt ended could not be recorded, which is a fault of the service; see its log."
)


def is_transient(error: Exception) -> bool:
    """Say whether the same item may succeed later: its database is lost, full or taken.

    A value that the database refuses is refused for ever.
    """
    if isinstance(error, DBAPIError):
        return not isinstance(error, DataError)
    return isinstance(error, DatabaseTakenError)


def instead_of(item: object, now: int) -> AttemptEnded | None:
    """Return what can be recorded in place of an item that can never be.

    An attempt that is over must not stand in the database as one that goes on, because nothing
    else would ever end it: it has failed then, of our doing.

    Args:
        item: An item of a batch that failed by itself.
        now: The present, in microseconds since the epoch.

    Returns:
        A report, or None if nothing would be better than nothing.
    """
    match item:
        case AttemptEnded(receipt) if receipt.error_code != UNRECORDABLE:
            attempt_id = receipt.attempt_id
        case AttemptLost(attempt_id):
            pass
        case _:
            return None
    moment = now / 1_000_000
    return AttemptEnded(
        Receipt(
            attempt_id,
            "failed",
            0,
            started_at=moment,
            ended_at=moment,
            error_code=UNRECORDABLE,
            error_message=_MESSAGE,
        )
    )
