# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The classes of what only the service writes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute._generated.api.models.app import App as App
    from batchcompute._generated.api.models.app_revision import AppRevision as AppRevision
    from batchcompute._generated.api.models.available_instance_desc import (
        AvailableInstanceDesc as AvailableInstanceDesc,
    )
    from batchcompute._generated.api.models.available_network_type import (
        AvailableNetworkType as AvailableNetworkType,
    )
    from batchcompute._generated.api.models.available_resource import (
        AvailableResource as AvailableResource,
    )
    from batchcompute._generated.api.models.cluster import Cluster as Cluster
    from batchcompute._generated.api.models.cluster_instance import (
        ClusterInstance as ClusterInstance,
    )
    from batchcompute._generated.api.models.console_link import ConsoleLink as ConsoleLink
    from batchcompute._generated.api.models.explanation import Explanation as Explanation
    from batchcompute._generated.api.models.group import Group as Group
    from batchcompute._generated.api.models.image import Image as Image
    from batchcompute._generated.api.models.instance import Instance as Instance
    from batchcompute._generated.api.models.instance_attempt import (
        InstanceAttempt as InstanceAttempt,
    )
    from batchcompute._generated.api.models.instance_attempts import (
        InstanceAttempts as InstanceAttempts,
    )
    from batchcompute._generated.api.models.instance_error import InstanceError as Error
    from batchcompute._generated.api.models.instance_error import InstanceError as InstanceError
    from batchcompute._generated.api.models.instance_metrics import (
        InstanceMetrics as InstanceMetrics,
    )
    from batchcompute._generated.api.models.job import Job as Job
    from batchcompute._generated.api.models.metrics import Metrics as Metrics
    from batchcompute._generated.api.models.quota import Quota as Quota
    from batchcompute._generated.api.models.quota import Quota as Quotas
    from batchcompute._generated.api.models.result import Result as Result
    from batchcompute._generated.api.models.synchronous_instance import (
        SynchronousInstance as SynchronousInstance,
    )
    from batchcompute._generated.api.models.task import Task as Task
    from batchcompute._generated.api.models.task_metrics import TaskMetrics as TaskMetrics

_HOMES = {
    "App": ("batchcompute._generated.api.models.app", "App"),
    "AppRevision": ("batchcompute._generated.api.models.app_revision", "AppRevision"),
    "AvailableInstanceDesc": (
        "batchcompute._generated.api.models.available_instance_desc",
        "AvailableInstanceDesc",
    ),
    "AvailableNetworkType": (
        "batchcompute._generated.api.models.available_network_type",
        "AvailableNetworkType",
    ),
    "AvailableResource": (
        "batchcompute._generated.api.models.available_resource",
        "AvailableResource",
    ),
    "Cluster": ("batchcompute._generated.api.models.cluster", "Cluster"),
    "ClusterInstance": ("batchcompute._generated.api.models.cluster_instance", "ClusterInstance"),
    "ConsoleLink": ("batchcompute._generated.api.models.console_link", "ConsoleLink"),
    "Error": ("batchcompute._generated.api.models.instance_error", "InstanceError"),
    "Explanation": ("batchcompute._generated.api.models.explanation", "Explanation"),
    "Group": ("batchcompute._generated.api.models.group", "Group"),
    "Image": ("batchcompute._generated.api.models.image", "Image"),
    "Instance": ("batchcompute._generated.api.models.instance", "Instance"),
    "InstanceAttempt": ("batchcompute._generated.api.models.instance_attempt", "InstanceAttempt"),
    "InstanceAttempts": (
        "batchcompute._generated.api.models.instance_attempts",
        "InstanceAttempts",
    ),
    "InstanceError": ("batchcompute._generated.api.models.instance_error", "InstanceError"),
    "InstanceMetrics": ("batchcompute._generated.api.models.instance_metrics", "InstanceMetrics"),
    "Job": ("batchcompute._generated.api.models.job", "Job"),
    "Metrics": ("batchcompute._generated.api.models.metrics", "Metrics"),
    "Quota": ("batchcompute._generated.api.models.quota", "Quota"),
    "Quotas": ("batchcompute._generated.api.models.quota", "Quota"),
    "Result": ("batchcompute._generated.api.models.result", "Result"),
    "SynchronousInstance": (
        "batchcompute._generated.api.models.synchronous_instance",
        "SynchronousInstance",
    ),
    "Task": ("batchcompute._generated.api.models.task", "Task"),
    "TaskMetrics": ("batchcompute._generated.api.models.task_metrics", "TaskMetrics"),
}

__all__ = (
    "App",
    "AppRevision",
    "AvailableInstanceDesc",
    "AvailableNetworkType",
    "AvailableResource",
    "Cluster",
    "ClusterInstance",
    "ConsoleLink",
    "Error",
    "Explanation",
    "Group",
    "Image",
    "Instance",
    "InstanceAttempt",
    "InstanceAttempts",
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
