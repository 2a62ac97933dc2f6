"""The resource classes: what programs send (descriptions) and what they get back (statuses).

Each is generated from its schema and loaded when it is first used. Three names stand for the class
that old programs know under them: `App` and `Config` are the app and its settings inside an app
job, `Docker` is the container of an app definition.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute_api.models import DAG as DAG
    from batchcompute_api.models import NAS as NAS
    from batchcompute_api.models import OSS as OSS
    from batchcompute_api.models import VM as VM
    from batchcompute_api.models import VPC as VPC
    from batchcompute_api.models import AppDescription as AppDescription
    from batchcompute_api.models import AppDocker as Docker
    from batchcompute_api.models import AppJob as App
    from batchcompute_api.models import AppJobConfig as Config
    from batchcompute_api.models import AppJobDescription as AppJobDescription
    from batchcompute_api.models import AppRevision as AppRevision
    from batchcompute_api.models import AutoCluster as AutoCluster
    from batchcompute_api.models import AvailableInstanceDesc as AvailableInstanceDesc
    from batchcompute_api.models import AvailableNetworkType as AvailableNetworkType
    from batchcompute_api.models import AvailableResource as AvailableResource
    from batchcompute_api.models import Classic as Classic
    from batchcompute_api.models import Cluster as Cluster
    from batchcompute_api.models import ClusterDescription as ClusterDescription
    from batchcompute_api.models import ClusterInstance as ClusterInstance
    from batchcompute_api.models import Command as Command
    from batchcompute_api.models import Configs as Configs
    from batchcompute_api.models import DataDisk as DataDisk
    from batchcompute_api.models import Disks as Disks
    from batchcompute_api.models import Group as Group
    from batchcompute_api.models import GroupDescription as GroupDescription
    from batchcompute_api.models import Image as Image
    from batchcompute_api.models import ImageDescription as ImageDescription
    from batchcompute_api.models import InputMappingConfig as InputMappingConfig
    from batchcompute_api.models import Instance as Instance
    from batchcompute_api.models import InstanceError as Error
    from batchcompute_api.models import InstanceMetrics as InstanceMetrics
    from batchcompute_api.models import Job as Job
    from batchcompute_api.models import JobDescription as JobDescription
    from batchcompute_api.models import Logging as Logging
    from batchcompute_api.models import Metrics as Metrics
    from batchcompute_api.models import ModifyClusterDescription as ModifyClusterDescription
    from batchcompute_api.models import ModifyConfigs as ModifyConfigs
    from batchcompute_api.models import ModifyGroupDescription as ModifyGroupDescription
    from batchcompute_api.models import MountEntry as MountEntry
    from batchcompute_api.models import Mounts as Mounts
    from batchcompute_api.models import Networks as Networks
    from batchcompute_api.models import Notification as Notification
    from batchcompute_api.models import Parameter as InputParameter
    from batchcompute_api.models import Parameter as OutputParameter
    from batchcompute_api.models import Parameter as Parameter
    from batchcompute_api.models import Parameters as Parameters
    from batchcompute_api.models import Quota as Quota
    from batchcompute_api.models import Quota as Quotas
    from batchcompute_api.models import Result as Result
    from batchcompute_api.models import SynchronousInstance as SynchronousInstance
    from batchcompute_api.models import SystemDisk as SystemDisk
    from batchcompute_api.models import Task as Task
    from batchcompute_api.models import TaskDescription as TaskDescription
    from batchcompute_api.models import TaskMetrics as TaskMetrics
    from batchcompute_api.models import Topic as Topic

    from batchcompute.resources import app as app
    from batchcompute.resources import cluster as cluster
    from batchcompute.resources import image as image
    from batchcompute.resources import job as job

#: Name here -> name of the schema's class.
_CLASSES = {
    "App": "AppJob",
    "AppDescription": "AppDescription",
    "AppJobDescription": "AppJobDescription",
    "AppRevision": "AppRevision",
    "AutoCluster": "AutoCluster",
    "AvailableInstanceDesc": "AvailableInstanceDesc",
    "AvailableNetworkType": "AvailableNetworkType",
    "AvailableResource": "AvailableResource",
    "Classic": "Classic",
    "Cluster": "Cluster",
    "ClusterDescription": "ClusterDescription",
    "ClusterInstance": "ClusterInstance",
    "Command": "Command",
    "Config": "AppJobConfig",
    "Configs": "Configs",
    "DAG": "DAG",
    "DataDisk": "DataDisk",
    "Disks": "Disks",
    "Docker": "AppDocker",
    "Error": "InstanceError",
    "Group": "Group",
    "GroupDescription": "GroupDescription",
    "Image": "Image",
    "ImageDescription": "ImageDescription",
    "InputMappingConfig": "InputMappingConfig",
    "InputParameter": "Parameter",
    "Instance": "Instance",
    "InstanceMetrics": "InstanceMetrics",
    "Job": "Job",
    "JobDescription": "JobDescription",
    "Logging": "Logging",
    "Metrics": "Metrics",
    "ModifyClusterDescription": "ModifyClusterDescription",
    "ModifyConfigs": "ModifyConfigs",
    "ModifyGroupDescription": "ModifyGroupDescription",
    "MountEntry": "MountEntry",
    "Mounts": "Mounts",
    "NAS": "NAS",
    "Networks": "Networks",
    "Notification": "Notification",
    "OSS": "OSS",
    "OutputParameter": "Parameter",
    "Parameter": "Parameter",
    "Parameters": "Parameters",
    "Quota": "Quota",
    "Quotas": "Quota",
    "Result": "Result",
    "SynchronousInstance": "SynchronousInstance",
    "SystemDisk": "SystemDisk",
    "Task": "Task",
    "TaskDescription": "TaskDescription",
    "TaskMetrics": "TaskMetrics",
    "Topic": "Topic",
    "VM": "VM",
    "VPC": "VPC",
}

__all__ = [
    "DAG",
    "NAS",
    "OSS",
    "VM",
    "VPC",
    "App",
    "AppDescription",
    "AppJobDescription",
    "AppRevision",
    "AutoCluster",
    "AvailableInstanceDesc",
    "AvailableNetworkType",
    "AvailableResource",
    "Classic",
    "Cluster",
    "ClusterDescription",
    "ClusterInstance",
    "Command",
    "Config",
    "Configs",
    "DataDisk",
    "Disks",
    "Docker",
    "Error",
    "Group",
    "GroupDescription",
    "Image",
    "ImageDescription",
    "InputMappingConfig",
    "InputParameter",
    "Instance",
    "InstanceMetrics",
    "Job",
    "JobDescription",
    "Logging",
    "Metrics",
    "ModifyClusterDescription",
    "ModifyConfigs",
    "ModifyGroupDescription",
    "MountEntry",
    "Mounts",
    "Networks",
    "Notification",
    "OutputParameter",
    "Parameter",
    "Parameters",
    "Quota",
    "Quotas",
    "Result",
    "SynchronousInstance",
    "SystemDisk",
    "Task",
    "TaskDescription",
    "TaskMetrics",
    "Topic",
]


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        if name in ("app", "cluster", "image", "job"):
            return import_module(f"{__name__}.{name}")
        if name not in _CLASSES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from batchcompute_api import models

        found = getattr(models, _CLASSES[name])
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_CLASSES})
