"""Why an instance failed, in words and with numbers."""

from __future__ import annotations

from batchcompute.server.explain import codes
from batchcompute.server.explain.explanation import Cause
from batchcompute.server.model import exit_codes
from batchcompute.server.store.instance_queries import InstanceRecord
from batchcompute.server.store.rows import AnyRow

#: What the executor or the scheduler says of an end that is not the program's own.
_BY_ERROR_CODE = {
    "TimedOut": codes.TIMED_OUT,
    "OutOfMemory": codes.KILLED_FOR_MEMORY,
    "InstanceLost": codes.MACHINE_LOST,
    "AttemptLost": codes.LOST_TOO_OFTEN,
}


def of_instance(task: AnyRow, instance: InstanceRecord) -> Cause:
    """Say why an instance failed.

    Args:
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
        clause = f"instance {instance.idx} was tried {attempts} times, and the last time: {how}"
    return Cause(code, clause, details, related, instance.ended)


def last_end(instance: InstanceRecord) -> tuple[str, str]:
    """Return the kind and the words of how the newest attempt of an instance failed."""
    message = instance.error_message.rstrip(".")
    message = message[:1].lower() + message[1:]
    if instance.error_code:
        code = _BY_ERROR_CODE.get(instance.error_code, codes.ATTEMPT_FAILED)
        return code, message or instance.error_code
    if not instance.exit_code:
        # What never ran has a reason and no code.
        return codes.CLUSTER_DELETED, message or "nothing was left to run it on"
    signalled = exit_codes.signal_of(instance.exit_code)
    code = codes.KILLED_BY_SIGNAL if signalled else codes.PROGRAM_FAILED
    how = f"its program exited with {exit_codes.describe(instance.exit_code)}"
    if signalled == "SIGKILL":
        how += ", as it is when memory runs out"
    return code, how
