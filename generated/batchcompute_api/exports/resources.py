# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""All resource classes, under every name that programs know."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute_api.models.app_config import AppConfig as AppConfig
    from batchcompute_api.models.app_description import AppDescription as AppDescription
    from batchcompute_api.models.app_docker import AppDocker as AppDocker
    from batchcompute_api.models.app_docker import AppDocker as Docker
    from batchcompute_api.models.app_job import AppJob as App
    from batchcompute_api.models.app_job import AppJob as AppJob
    from batchcompute_api.models.app_job_config import AppJobConfig as AppJobConfig
    from batchcompute_api.models.app_job_config import AppJobConfig as Config
    from batchcompute_api.models.app_job_description import AppJobDescription as AppJobDescription
    from batchcompute_api.models.app_revision import AppRevision as AppRevision
    from batchcompute_api.models.auto_cluster import AutoCluster as AutoCluster
    from batchcompute_api.models.available_instance_desc import (
        AvailableInstanceDesc as AvailableInstanceDesc,
    )
    from batchcompute_api.models.available_network_type import (
        AvailableNetworkType as AvailableNetworkType,
    )
    from batchcompute_api.models.available_resource import AvailableResource as AvailableResource
    from batchcompute_api.models.classic import Classic as Classic
    from batchcompute_api.models.cluster import Cluster as Cluster
    from batchcompute_api.models.cluster_description import ClusterDescription as ClusterDescription
    from batchcompute_api.models.cluster_instance import ClusterInstance as ClusterInstance
    from batchcompute_api.models.command import Command as Command
    from batchcompute_api.models.command_docker import CommandDocker as CommandDocker
    from batchcompute_api.models.configs import Configs as Configs
    from batchcompute_api.models.credential_chain_link import (
        CredentialChainLink as CredentialChainLink,
    )
    from batchcompute_api.models.credential_config import CredentialConfig as CredentialConfig
    from batchcompute_api.models.dag import DAG as DAG
    from batchcompute_api.models.data_disk import DataDisk as DataDisk
    from batchcompute_api.models.disks import Disks as Disks
    from batchcompute_api.models.explanation import Explanation as Explanation
    from batchcompute_api.models.group import Group as Group
    from batchcompute_api.models.group_description import GroupDescription as GroupDescription
    from batchcompute_api.models.image import Image as Image
    from batchcompute_api.models.image_description import ImageDescription as ImageDescription
    from batchcompute_api.models.input_mapping_config import (
        InputMappingConfig as InputMappingConfig,
    )
    from batchcompute_api.models.instance import Instance as Instance
    from batchcompute_api.models.instance_error import InstanceError as Error
    from batchcompute_api.models.instance_error import InstanceError as InstanceError
    from batchcompute_api.models.instance_metrics import InstanceMetrics as InstanceMetrics
    from batchcompute_api.models.integer_setting import IntegerSetting as IntegerSetting
    from batchcompute_api.models.job import Job as Job
    from batchcompute_api.models.job_description import JobDescription as JobDescription
    from batchcompute_api.models.logging import Logging as Logging
    from batchcompute_api.models.metrics import Metrics as Metrics
    from batchcompute_api.models.modify_cluster_description import (
        ModifyClusterDescription as ModifyClusterDescription,
    )
    from batchcompute_api.models.modify_configs import ModifyConfigs as ModifyConfigs
    from batchcompute_api.models.modify_group_description import (
        ModifyGroupDescription as ModifyGroupDescription,
    )
    from batchcompute_api.models.mount_entry import MountEntry as MountEntry
    from batchcompute_api.models.mounts import Mounts as Mounts
    from batchcompute_api.models.nas import NAS as NAS
    from batchcompute_api.models.networks import Networks as Networks
    from batchcompute_api.models.notification import Notification as Notification
    from batchcompute_api.models.oss import OSS as OSS
    from batchcompute_api.models.parameter import Parameter as InputParameter
    from batchcompute_api.models.parameter import Parameter as OutputParameter
    from batchcompute_api.models.parameter import Parameter as Parameter
    from batchcompute_api.models.parameters import Parameters as Parameters
    from batchcompute_api.models.priority_change import PriorityChange as PriorityChange
    from batchcompute_api.models.quota import Quota as Quota
    from batchcompute_api.models.quota import Quota as Quotas
    from batchcompute_api.models.result import Result as Result
    from batchcompute_api.models.string_setting import StringSetting as StringSetting
    from batchcompute_api.models.synchronous_instance import (
        SynchronousInstance as SynchronousInstance,
    )
    from batchcompute_api.models.system_disk import SystemDisk as SystemDisk
    from batchcompute_api.models.task import Task as Task
    from batchcompute_api.models.task_description import TaskDescription as TaskDescription
    from batchcompute_api.models.task_metrics import TaskMetrics as TaskMetrics
    from batchcompute_api.models.topic import Topic as Topic
    from batchcompute_api.models.vm import VM as VM
    from batchcompute_api.models.vpc import VPC as VPC

_HOMES = {
    "App": ("batchcompute_api.models.app_job", "AppJob"),
    "AppConfig": ("batchcompute_api.models.app_config", "AppConfig"),
    "AppDescription": ("batchcompute_api.models.app_description", "AppDescription"),
    "AppDocker": ("batchcompute_api.models.app_docker", "AppDocker"),
    "AppJob": ("batchcompute_api.models.app_job", "AppJob"),
    "AppJobConfig": ("batchcompute_api.models.app_job_config", "AppJobConfig"),
    "AppJobDescription": ("batchcompute_api.models.app_job_description", "AppJobDescription"),
    "AppRevision": ("batchcompute_api.models.app_revision", "AppRevision"),
    "AutoCluster": ("batchcompute_api.models.auto_cluster", "AutoCluster"),
    "AvailableInstanceDesc": (
        "batchcompute_api.models.available_instance_desc",
        "AvailableInstanceDesc",
    ),
    "AvailableNetworkType": (
        "batchcompute_api.models.available_network_type",
        "AvailableNetworkType",
    ),
    "AvailableResource": ("batchcompute_api.models.available_resource", "AvailableResource"),
    "Classic": ("batchcompute_api.models.classic", "Classic"),
    "Cluster": ("batchcompute_api.models.cluster", "Cluster"),
    "ClusterDescription": ("batchcompute_api.models.cluster_description", "ClusterDescription"),
    "ClusterInstance": ("batchcompute_api.models.cluster_instance", "ClusterInstance"),
    "Command": ("batchcompute_api.models.command", "Command"),
    "CommandDocker": ("batchcompute_api.models.command_docker", "CommandDocker"),
    "Config": ("batchcompute_api.models.app_job_config", "AppJobConfig"),
    "Configs": ("batchcompute_api.models.configs", "Configs"),
    "CredentialChainLink": ("batchcompute_api.models.credential_chain_link", "CredentialChainLink"),
    "CredentialConfig": ("batchcompute_api.models.credential_config", "CredentialConfig"),
    "DAG": ("batchcompute_api.models.dag", "DAG"),
    "DataDisk": ("batchcompute_api.models.data_disk", "DataDisk"),
    "Disks": ("batchcompute_api.models.disks", "Disks"),
    "Docker": ("batchcompute_api.models.app_docker", "AppDocker"),
    "Error": ("batchcompute_api.models.instance_error", "InstanceError"),
    "Explanation": ("batchcompute_api.models.explanation", "Explanation"),
    "Group": ("batchcompute_api.models.group", "Group"),
    "GroupDescription": ("batchcompute_api.models.group_description", "GroupDescription"),
    "Image": ("batchcompute_api.models.image", "Image"),
    "ImageDescription": ("batchcompute_api.models.image_description", "ImageDescription"),
    "InputMappingConfig": ("batchcompute_api.models.input_mapping_config", "InputMappingConfig"),
    "InputParameter": ("batchcompute_api.models.parameter", "Parameter"),
    "Instance": ("batchcompute_api.models.instance", "Instance"),
    "InstanceError": ("batchcompute_api.models.instance_error", "InstanceError"),
    "InstanceMetrics": ("batchcompute_api.models.instance_metrics", "InstanceMetrics"),
    "IntegerSetting": ("batchcompute_api.models.integer_setting", "IntegerSetting"),
    "Job": ("batchcompute_api.models.job", "Job"),
    "JobDescription": ("batchcompute_api.models.job_description", "JobDescription"),
    "Logging": ("batchcompute_api.models.logging", "Logging"),
    "Metrics": ("batchcompute_api.models.metrics", "Metrics"),
    "ModifyClusterDescription": (
        "batchcompute_api.models.modify_cluster_description",
        "ModifyClusterDescription",
    ),
    "ModifyConfigs": ("batchcompute_api.models.modify_configs", "ModifyConfigs"),
    "ModifyGroupDescription": (
        "batchcompute_api.models.modify_group_description",
        "ModifyGroupDescription",
    ),
    "MountEntry": ("batchcompute_api.models.mount_entry", "MountEntry"),
    "Mounts": ("batchcompute_api.models.mounts", "Mounts"),
    "NAS": ("batchcompute_api.models.nas", "NAS"),
    "Networks": ("batchcompute_api.models.networks", "Networks"),
    "Notification": ("batchcompute_api.models.notification", "Notification"),
    "OSS": ("batchcompute_api.models.oss", "OSS"),
    "OutputParameter": ("batchcompute_api.models.parameter", "Parameter"),
    "Parameter": ("batchcompute_api.models.parameter", "Parameter"),
    "Parameters": ("batchcompute_api.models.parameters", "Parameters"),
    "PriorityChange": ("batchcompute_api.models.priority_change", "PriorityChange"),
    "Quota": ("batchcompute_api.models.quota", "Quota"),
    "Quotas": ("batchcompute_api.models.quota", "Quota"),
    "Result": ("batchcompute_api.models.result", "Result"),
    "StringSetting": ("batchcompute_api.models.string_setting", "StringSetting"),
    "SynchronousInstance": ("batchcompute_api.models.synchronous_instance", "SynchronousInstance"),
    "SystemDisk": ("batchcompute_api.models.system_disk", "SystemDisk"),
    "Task": ("batchcompute_api.models.task", "Task"),
    "TaskDescription": ("batchcompute_api.models.task_description", "TaskDescription"),
    "TaskMetrics": ("batchcompute_api.models.task_metrics", "TaskMetrics"),
    "Topic": ("batchcompute_api.models.topic", "Topic"),
    "VM": ("batchcompute_api.models.vm", "VM"),
    "VPC": ("batchcompute_api.models.vpc", "VPC"),
}

__all__ = (
    "App",
    "AppConfig",
    "AppDescription",
    "AppDocker",
    "AppJob",
    "AppJobConfig",
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
    "CommandDocker",
    "Config",
    "Configs",
    "CredentialChainLink",
    "CredentialConfig",
    "DAG",
    "DataDisk",
    "Disks",
    "Docker",
    "Error",
    "Explanation",
    "Group",
    "GroupDescription",
    "Image",
    "ImageDescription",
    "InputMappingConfig",
    "InputParameter",
    "Instance",
    "InstanceError",
    "InstanceMetrics",
    "IntegerSetting",
    "Job",
    "JobDescription",
    "Logging",
    "Metrics",
    "ModifyClusterDescription",
    "ModifyConfigs",
    "ModifyGroupDescription",
    "MountEntry",
    "Mounts",
    "NAS",
    "Networks",
    "Notification",
    "OSS",
    "OutputParameter",
    "Parameter",
    "Parameters",
    "PriorityChange",
    "Quota",
    "Quotas",
    "Result",
    "StringSetting",
    "SynchronousInstance",
    "SystemDisk",
    "Task",
    "TaskDescription",
    "TaskMetrics",
    "Topic",
    "VM",
    "VPC",
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
