"""The client, what its methods return, and the statuses in it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute._http.response import Answer as Answer
    from batchcompute.client.responses import ActionResponse as ActionResponse
    from batchcompute.client.responses import AppRevision as AppRevision
    from batchcompute.client.responses import AvailableInstanceDesc as AvailableInstanceDesc
    from batchcompute.client.responses import AvailableNetworkType as AvailableNetworkType
    from batchcompute.client.responses import AvailableResource as AvailableResource
    from batchcompute.client.responses import Cluster as Cluster
    from batchcompute.client.responses import ClusterInstance as ClusterInstance
    from batchcompute.client.responses import CreateResponse as CreateResponse
    from batchcompute.client.responses import Error as Error
    from batchcompute.client.responses import GetResponse as GetResponse
    from batchcompute.client.responses import Group as Group
    from batchcompute.client.responses import Image as Image
    from batchcompute.client.responses import Instance as Instance
    from batchcompute.client.responses import InstanceMetrics as InstanceMetrics
    from batchcompute.client.responses import Job as Job
    from batchcompute.client.responses import ListResponse as ListResponse
    from batchcompute.client.responses import Metrics as Metrics
    from batchcompute.client.responses import Quota as Quota
    from batchcompute.client.responses import Quotas as Quotas
    from batchcompute.client.responses import RawResponse as RawResponse
    from batchcompute.client.responses import Result as Result
    from batchcompute.client.responses import SynchronousInstance as SynchronousInstance
    from batchcompute.client.responses import Task as Task
    from batchcompute.client.responses import TaskMetrics as TaskMetrics
    from batchcompute.client.synchronous import Client as Client

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
            home = {"Client": "client.synchronous", "Answer": "_http.response"}.get(
                name, "client.responses"
            )
            return getattr(import_module(f"batchcompute.{home}"), name)
        if name in ("client", "response"):
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
