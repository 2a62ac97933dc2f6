"""Why an instance failed, in words and with numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from sqlalchemy import Connection

from batchcompute.server.explain import codes
from batchcompute.server.explain.explanation import Cause
from batchcompute.server.model import exit_codes
from batchcompute.server.store.attempt_queries import EarlierAttempt, find_earlier
from batchcompute.server.store.instance_queries import InstanceRecord
from batchcompute.server.store.rows import AnyRow

#: Causes of ends that are not the program's own, by the error code of executor or scheduler.
_BY_ERROR_CODE = {
    "TimedOut": codes.TIMED_OUT,
    "WalltimeExceeded": codes.TIMED_OUT,
    "OutOfMemory": codes.KILLED_FOR_MEMORY,
    "InstanceLost": codes.MACHINE_LOST,
    "AttemptLost": codes.LOST_TOO_OFTEN,
}

#: A word that has a capital only because it begins a sentence: not `OutputMapping`, not `OSS`.
_WORD: Final = re.compile(r"[A-Z][a-z']*[.,:;]?")

#: Different ends in a sentence; of more than these only the number is said.
_MOST_ENDS: Final = 3
#: Characters of what is quoted of one end in a list of several.
_MOST_QUOTED: Final = 100


def of_instance(connection: Connection, task: AnyRow, instance: InstanceRecord) -> Cause:
    """Say why an instance failed.

    Args:
        connection: A reader.
        task: Its task.
        instance: It.
    """
    code, how = last_end(instance)
    related = {"InstanceId": str(instance.idx)}
    if instance.error_code:
        related["ErrorCode"] = instance.error_code
    details: dict[str, float] = {"ExitCode": instance.exit_code}
    if code == codes.CLUSTER_DELETED:
        clause = f"instance {instance.idx} never ran: {how}"
        return Cause(code, clause, {}, related, instance.ended)
    attempts = instance.retries + 1
    details |= {"AttemptCount": attempts, "MaxAttemptCount": task.max_retries + 1}
    if attempts == 1:
        clause = f"instance {instance.idx} failed in its only attempt: {how}"
    else:
        before = earlier_ends(find_earlier(connection, task, instance.idx), instance.retries)
        last = short_end(instance)
        clause = f"instance {instance.idx} was tried {attempts} times"
        if not before:
            clause += f", and the last time: {how}"
        elif set(before) == {last}:
            clause += f", and each time: {how}"
        else:
            clause += f": {in_order(before)}, and the last time: {how}"
    return Cause(code, clause, details, related, instance.ended)


def last_end(instance: InstanceRecord) -> tuple[str, str]:
    """Return the kind and the words of how the newest attempt of an instance failed."""
    message = instance.error_message.rstrip(".")
    message = _as_clause(message)
    if instance.error_code:
        code = _BY_ERROR_CODE.get(instance.error_code, codes.ATTEMPT_FAILED)
        return code, message or instance.error_code
    if not instance.exit_code:
        # An instance that never ran has a reason and no exit code.
        return codes.CLUSTER_DELETED, message or "nothing was left to run it on"
    signalled = exit_codes.signal_of(instance.exit_code)
    code = codes.KILLED_BY_SIGNAL if signalled else codes.PROGRAM_FAILED
    how = f"its program exited with {exit_codes.describe(instance.exit_code)}"
    if signalled == "SIGKILL":
        how += ", as it is when memory runs out"
    return code, how


def earlier_ends(earlier: Sequence[EarlierAttempt], retries: int) -> list[str]:
    """Return how those attempts ended, in a few words each, that led to retries, oldest first.

    Args:
        earlier: What is known of an instance's earlier attempts.
        retries: How many of the newest ones are meant; if not all of them are known, none is.
    """
    failed = [each for each in earlier if not each.is_lost]
    if not retries or len(failed) < retries:
        return []
    return [short_end(each) for each in failed[-retries:]]


def short_end(attempt: EarlierAttempt | InstanceRecord) -> str:
    """Return how an attempt failed in a few words, to be one of several in a sentence."""
    if attempt.error_code == "OutOfMemory":
        return f"exit code {attempt.exit_code}, killed for memory"
    if attempt.error_code or not attempt.exit_code:
        said = attempt.error_message.rstrip(".") or attempt.error_code
        said = _as_clause(said)
        return said if len(said) <= _MOST_QUOTED else f"{said[: _MOST_QUOTED - 1]}…"
    return f"exit {exit_codes.describe(attempt.exit_code)}"


def _as_clause(sentence: str) -> str:
    """Return a sentence without its capital, unless that belongs to the name of a field."""
    if _WORD.fullmatch(sentence.partition(" ")[0]):
        return f"{sentence[0].lower()}{sentence[1:]}"
    return sentence


def in_order(ends: Sequence[str]) -> str:
    """Return ends one after the other; equal ones that follow each other are counted."""
    groups = [(end, len(list(same))) for end, same in groupby(ends)]
    named = [f"{number} times {end}" if number > 1 else end for end, number in groups]
    if len(named) > _MOST_ENDS:
        others = sum(number for _, number in groups[_MOST_ENDS - 1 :])
        named = [*named[: _MOST_ENDS - 1], f"{others} other ends"]
    return "; ".join(named)
