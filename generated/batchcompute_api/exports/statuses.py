# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The classes of what only the service writes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute_api.models.app import App as App
    from batchcompute_api.models.app_revision import AppRevision as AppRevision
    from batchcompute_api.models.available_instance_desc import (
        AvailableInstanceDesc as AvailableInstanceDesc,
    )
    from batchcompute_api.models.available_network_type import (
        AvailableNetworkType as AvailableNetworkType,
    )
    from batchcompute_api.models.available_resource import AvailableResource as AvailableResource
    from batchcompute_api.models.cluster import Cluster as Cluster
    from batchcompute_api.models.cluster_instance import ClusterInstance as ClusterInstance
    from batchcompute_api.models.explanation import Explanation as Explanation
    from batchcompute_api.models.group import Group as Group
    from batchcompute_api.models.image import Image as Image
    from batchcompute_api.models.instance import Instance as Instance
    from batchcompute_api.models.instance_error import InstanceError as Error
    from batchcompute_api.models.instance_error import InstanceError as InstanceError
    from batchcompute_api.models.instance_metrics import InstanceMetrics as InstanceMetrics
    from batchcompute_api.models.job import Job as Job
    from batchcompute_api.models.metrics import Metrics as Metrics
    from batchcompute_api.models.quota import Quota as Quota
    from batchcompute_api.models.quota import Quota as Quotas
    from batchcompute_api.models.result import Result as Result
    from batchcompute_api.models.synchronous_instance import (
        SynchronousInstance as SynchronousInstance,
    )
    from batchcompute_api.models.task import Task as Task
    from batchcompute_api.models.task_metrics import TaskMetrics as TaskMetrics

_HOMES = {
    "App": ("batchcompute_api.models.app", "App"),
    "AppRevision": ("batchcompute_api.models.app_revision", "AppRevision"),
    "AvailableInstanceDesc": (
        "batchcompute_api.models.available_instance_desc",
        "AvailableInstanceDesc",
    ),
    "AvailableNetworkType": (
        "batchcompute_api.models.available_network_type",
        "AvailableNetworkType",
    ),
    "AvailableResource": ("batchcompute_api.models.available_resource", "AvailableResource"),
    "Cluster": ("batchcompute_api.models.cluster", "Cluster"),
    "ClusterInstance": ("batchcompute_api.models.cluster_instance", "ClusterInstance"),
    "Error": ("batchcompute_api.models.instance_error", "InstanceError"),
    "Explanation": ("batchcompute_api.models.explanation", "Explanation"),
    "Group": ("batchcompute_api.models.group", "Group"),
    "Image": ("batchcompute_api.models.image", "Image"),
    "Instance": ("batchcompute_api.models.instance", "Instance"),
    "InstanceError": ("batchcompute_api.models.instance_error", "InstanceError"),
    "InstanceMetrics": ("batchcompute_api.models.instance_metrics", "InstanceMetrics"),
    "Job": ("batchcompute_api.models.job", "Job"),
    "Metrics": ("batchcompute_api.models.metrics", "Metrics"),
    "Quota": ("batchcompute_api.models.quota", "Quota"),
    "Quotas": ("batchcompute_api.models.quota", "Quota"),
    "Result": ("batchcompute_api.models.result", "Result"),
    "SynchronousInstance": ("batchcompute_api.models.synchronous_instance", "SynchronousInstance"),
    "Task": ("batchcompute_api.models.task", "Task"),
    "TaskMetrics": ("batchcompute_api.models.task_metrics", "TaskMetrics"),
}

__all__ = (
    "App",
    "AppRevision",
    "AvailableInstanceDesc",
    "AvailableNetworkType",
    "AvailableResource",
    "Cluster",
    "ClusterInstance",
    "Error",
    "Explanation",
    "Group",
    "Image",
    "Instance",
    "InstanceError",
    "InstanceMetrics",
    "Job",
    "Metrics",
    "Quota",
    "Quotas",
    "Result",
    "SynchronousInstance",
    "Task",
    "TaskMetrics",
)


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, target = _HOMES[name]
        found = getattr(import_module(module), target)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted(_HOMES)
