"""The client, what its methods return, and the statuses in it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute._answer import Answer as Answer
    from batchcompute.client import client as client
    from batchcompute.client import response as response
    from batchcompute.client.client import Client as Client
    from batchcompute.client.response import ActionResponse as ActionResponse
    from batchcompute.client.response import AppRevision as AppRevision
    from batchcompute.client.response import AvailableInstanceDesc as AvailableInstanceDesc
    from batchcompute.client.response import AvailableNetworkType as AvailableNetworkType
    from batchcompute.client.response import AvailableResource as AvailableResource
    from batchcompute.client.response import Cluster as Cluster
    from batchcompute.client.response import ClusterInstance as ClusterInstance
    from batchcompute.client.response import CreateResponse as CreateResponse
    from batchcompute.client.response import Error as Error
    from batchcompute.client.response import GetResponse as GetResponse
    from batchcompute.client.response import Group as Group
    from batchcompute.client.response import Image as Image
    from batchcompute.client.response import Instance as Instance
    from batchcompute.client.response import InstanceMetrics as InstanceMetrics
    from batchcompute.client.response import Job as Job
    from batchcompute.client.response import ListResponse as ListResponse
    from batchcompute.client.response import Metrics as Metrics
    from batchcompute.client.response import Quota as Quota
    from batchcompute.client.response import Quotas as Quotas
    from batchcompute.client.response import RawResponse as RawResponse
    from batchcompute.client.response import Result as Result
    from batchcompute.client.response import SynchronousInstance as SynchronousInstance
    from batchcompute.client.response import Task as Task
    from batchcompute.client.response import TaskMetrics as TaskMetrics

__all__ = [
    "ActionResponse",
    "Answer",
    "AppRevision",
    "AvailableInstanceDesc",
    "AvailableNetworkType",
    "AvailableResource",
    "Client",
    "Cluster",
    "ClusterInstance",
    "CreateResponse",
    "Error",
    "GetResponse",
    "Group",
    "Image",
    "Instance",
    "InstanceMetrics",
    "Job",
    "ListResponse",
    "Metrics",
    "Quota",
    "Quotas",
    "RawResponse",
    "Result",
    "SynchronousInstance",
    "Task",
    "TaskMetrics",
]


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        # Lazy, because response types are imported by the layer below the client.
        if name in __all__:
            home = {"Client": "client.client", "Answer": "_answer"}.get(name, "client.response")
            return getattr(import_module(f"batchcompute.{home}"), name)
        if name in ("client", "response"):
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
