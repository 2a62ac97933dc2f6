"""The kinds of causes; the contract's `ExplanationCode` lists them for callers."""

from __future__ import annotations

from typing import Final

# It goes on, or is over and well.
RUNNING: Final = "Running"
STARTING: Final = "Starting"
FINISHED: Final = "Finished"
FINISHED_WITH_FAILURES: Final = "FinishedWithFailures"

# It waits.
WAITS_FOR_TASK: Final = "WaitsForTask"
WAITS_FOR_PRIORITY: Final = "WaitsForPriority"
WAITS_FOR_MACHINE: Final = "WaitsForMachine"
WAITS_FOR_SLOT: Final = "WaitsForSlot"
WAITS_FOR_RESOURCES: Final = "WaitsForResources"
WAITS_FOR_DISK: Final = "WaitsForDisk"
WAITS_FOR_PREVIOUS: Final = "WaitsForPrevious"
WAITS_FOR_FORMER_RUN: Final = "WaitsForFormerRun"
WAITS_FOR_FORMER_ATTEMPT: Final = "WaitsForFormerAttempt"
NEXT_TO_RUN: Final = "NextToRun"
POOL_STARTING: Final = "PoolStarting"
POOL_EMPTY: Final = "PoolEmpty"
SERVICE_HOLDS: Final = "ServiceHolds"
MACHINE_GONE: Final = "MachineGone"

# It failed, or was ended.
PROGRAM_FAILED: Final = "ProgramFailed"
KILLED_BY_SIGNAL: Final = "KilledBySignal"
KILLED_FOR_MEMORY: Final = "KilledForMemory"
TIMED_OUT: Final = "TimedOut"
ATTEMPT_FAILED: Final = "AttemptFailed"
MACHINE_LOST: Final = "MachineLost"
LOST_TOO_OFTEN: Final = "LostTooOften"
CLUSTER_DELETED: Final = "ClusterDeleted"
STOPPED: Final = "Stopped"
STOPPED_WITH_JOB: Final = "StoppedWithJob"

# Of clusters.
BUSY: Final = "Busy"
IDLE: Final = "Idle"
RESERVED: Final = "Reserved"
DELETING: Final = "Deleting"
