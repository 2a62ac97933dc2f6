# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The known values of `ExplanationCode`."""

from typing import Literal, TypeAlias

#: The kind of a reason. It goes on: Running, Starting. It is over: Finished, FinishedWithFailures.
#: It waits: WaitsForTask (another task must finish first), WaitsForPriority (instances of higher
#: priority come first), WaitsForMachine (all VMs are busy), WaitsForSlot (the service runs as many
#: programs as it may), WaitsForResources (the machine has not enough processors, memory or devices
#: free), WaitsForDisk (a disk of the service is nearly full), WaitsForPrevious (it was given to a
#: VM, where another program has not ended), WaitsForFormerRun and WaitsForFormerAttempt (what was
#: stopped has not ended), PoolStarting (no VM runs yet), PoolEmpty (no VM is wanted), ServiceHolds
#: (the service starts nothing at this moment), NextToRun (nothing keeps it), MachineGone (what
#: became of it is being found out). It failed: ProgramFailed (exit code), KilledBySignal,
#: KilledForMemory, TimedOut, AttemptFailed (its files or its sandbox), MachineLost, LostTooOften,
#: ClusterDeleted. It was ended: Stopped, StoppedWithJob. A cluster: Busy, Idle, Reserved, Deleting.
ExplanationCode: TypeAlias = Literal[
    "Running",
    "Starting",
    "Finished",
    "FinishedWithFailures",
    "WaitsForTask",
    "WaitsForPriority",
    "WaitsForMachine",
    "WaitsForSlot",
    "WaitsForResources",
    "WaitsForDisk",
    "WaitsForPrevious",
    "WaitsForFormerRun",
    "WaitsForFormerAttempt",
    "NextToRun",
    "PoolStarting",
    "PoolEmpty",
    "ServiceHolds",
    "MachineGone",
    "ProgramFailed",
    "KilledBySignal",
    "KilledForMemory",
    "TimedOut",
    "AttemptFailed",
    "MachineLost",
    "LostTooOften",
    "ClusterDeleted",
    "Stopped",
    "StoppedWithJob",
    "Busy",
    "Idle",
    "Reserved",
    "Deleting",
]
