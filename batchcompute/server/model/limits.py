"""The limits of accounts."""

from __future__ import annotations

from typing import Final

#: Jobs in the state Waiting.
JOBS: Final = "Jobs"
#: Instances in the state Waiting, of all its jobs.
INSTANCES: Final = "Instances"
#: VMs that its clusters want, those of single tasks included.
VMS: Final = "VMs"
#: Bytes of objects in its buckets.
OBJECT_BYTES: Final = "ObjectBytes"
#: Its buckets, those that its programs made included.
BUCKETS: Final = "Buckets"
#: Uploads in parts into its buckets that are neither completed nor aborted.
UPLOADS: Final = "Uploads"
#: The priority of its jobs, which stands above turns between accounts.
PRIORITY: Final = "Priority"

#: All of them, with what they limit.
NAMES: Final = {
    JOBS: "jobs that wait",
    INSTANCES: "instances that wait",
    VMS: "VMs of all clusters",
    OBJECT_BYTES: "bytes of objects",
    BUCKETS: "buckets",
    UPLOADS: "uploads in parts that are not complete",
    PRIORITY: "highest priority of its jobs",
}
