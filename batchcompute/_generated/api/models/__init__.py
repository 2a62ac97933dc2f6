# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""All model classes; each is loaded when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute._generated.api.models.app import App as App
    from batchcompute._generated.api.models.app_config import AppConfig as AppConfig
    from batchcompute._generated.api.models.app_description import AppDescription as AppDescription
    from batchcompute._generated.api.models.app_docker import AppDocker as AppDocker
    from batchcompute._generated.api.models.app_job import AppJob as AppJob
    from batchcompute._generated.api.models.app_job_config import AppJobConfig as AppJobConfig
    from batchcompute._generated.api.models.app_job_description import (
        AppJobDescription as AppJobDescription,
    )
    from batchcompute._generated.api.models.app_job_type import AppJobType as AppJobType
    from batchcompute._generated.api.models.app_revision import AppRevision as AppRevision
    from batchcompute._generated.api.models.auto_cluster import AutoCluster as AutoCluster
    from batchcompute._generated.api.models.available_instance_desc import (
        AvailableInstanceDesc as AvailableInstanceDesc,
    )
    from batchcompute._generated.api.models.available_network_type import (
        AvailableNetworkType as AvailableNetworkType,
    )
    from batchcompute._generated.api.models.available_resource import (
        AvailableResource as AvailableResource,
    )
    from batchcompute._generated.api.models.classic import Classic as Classic
    from batchcompute._generated.api.models.cluster import Cluster as Cluster
    from batchcompute._generated.api.models.cluster_description import (
        ClusterDescription as ClusterDescription,
    )
    from batchcompute._generated.api.models.cluster_instance import (
        ClusterInstance as ClusterInstance,
    )
    from batchcompute._generated.api.models.cluster_instance_state import (
        ClusterInstanceState as ClusterInstanceState,
    )
    from batchcompute._generated.api.models.cluster_state import ClusterState as ClusterState
    from batchcompute._generated.api.models.command import Command as Command
    from batchcompute._generated.api.models.command_docker import CommandDocker as CommandDocker
    from batchcompute._generated.api.models.configs import Configs as Configs
    from batchcompute._generated.api.models.console_link import ConsoleLink as ConsoleLink
    from batchcompute._generated.api.models.credential_chain_link import (
        CredentialChainLink as CredentialChainLink,
    )
    from batchcompute._generated.api.models.credential_config import (
        CredentialConfig as CredentialConfig,
    )
    from batchcompute._generated.api.models.dag import DAG as DAG
    from batchcompute._generated.api.models.dag_job_type import DagJobType as DagJobType
    from batchcompute._generated.api.models.data_disk import DataDisk as DataDisk
    from batchcompute._generated.api.models.disk_type import DiskType as DiskType
    from batchcompute._generated.api.models.disks import Disks as Disks
    from batchcompute._generated.api.models.event_name import EventName as EventName
    from batchcompute._generated.api.models.explanation import Explanation as Explanation
    from batchcompute._generated.api.models.explanation_code import (
        ExplanationCode as ExplanationCode,
    )
    from batchcompute._generated.api.models.group import Group as Group
    from batchcompute._generated.api.models.group_description import (
        GroupDescription as GroupDescription,
    )
    from batchcompute._generated.api.models.image import Image as Image
    from batchcompute._generated.api.models.image_description import (
        ImageDescription as ImageDescription,
    )
    from batchcompute._generated.api.models.image_platform import ImagePlatform as ImagePlatform
    from batchcompute._generated.api.models.image_type import ImageType as ImageType
    from batchcompute._generated.api.models.input_mapping_config import (
        InputMappingConfig as InputMappingConfig,
    )
    from batchcompute._generated.api.models.instance import Instance as Instance
    from batchcompute._generated.api.models.instance_attempt import (
        InstanceAttempt as InstanceAttempt,
    )
    from batchcompute._generated.api.models.instance_attempts import (
        InstanceAttempts as InstanceAttempts,
    )
    from batchcompute._generated.api.models.instance_error import InstanceError as InstanceError
    from batchcompute._generated.api.models.instance_metrics import (
        InstanceMetrics as InstanceMetrics,
    )
    from batchcompute._generated.api.models.integer_setting import IntegerSetting as IntegerSetting
    from batchcompute._generated.api.models.job import Job as Job
    from batchcompute._generated.api.models.job_description import JobDescription as JobDescription
    from batchcompute._generated.api.models.job_state import JobState as JobState
    from batchcompute._generated.api.models.logging import Logging as Logging
    from batchcompute._generated.api.models.metrics import Metrics as Metrics
    from batchcompute._generated.api.models.modify_cluster_description import (
        ModifyClusterDescription as ModifyClusterDescription,
    )
    from batchcompute._generated.api.models.modify_configs import ModifyConfigs as ModifyConfigs
    from batchcompute._generated.api.models.modify_group_description import (
        ModifyGroupDescription as ModifyGroupDescription,
    )
    from batchcompute._generated.api.models.mount_entry import MountEntry as MountEntry
    from batchcompute._generated.api.models.mounts import Mounts as Mounts
    from batchcompute._generated.api.models.nas import NAS as NAS
    from batchcompute._generated.api.models.networks import Networks as Networks
    from batchcompute._generated.api.models.notification import Notification as Notification
    from batchcompute._generated.api.models.oss import OSS as OSS
    from batchcompute._generated.api.models.parameter import Parameter as Parameter
    from batchcompute._generated.api.models.parameter_type import ParameterType as ParameterType
    from batchcompute._generated.api.models.parameters import Parameters as Parameters
    from batchcompute._generated.api.models.priority_change import PriorityChange as PriorityChange
    from batchcompute._generated.api.models.quota import Quota as Quota
    from batchcompute._generated.api.models.resource_type import ResourceType as ResourceType
    from batchcompute._generated.api.models.result import Result as Result
    from batchcompute._generated.api.models.schedule_type import ScheduleType as ScheduleType
    from batchcompute._generated.api.models.spot_strategy import SpotStrategy as SpotStrategy
    from batchcompute._generated.api.models.string_setting import StringSetting as StringSetting
    from batchcompute._generated.api.models.synchronous_instance import (
        SynchronousInstance as SynchronousInstance,
    )
    from batchcompute._generated.api.models.system_disk import SystemDisk as SystemDisk
    from batchcompute._generated.api.models.task import Task as Task
    from batchcompute._generated.api.models.task_description import (
        TaskDescription as TaskDescription,
    )
    from batchcompute._generated.api.models.task_metrics import TaskMetrics as TaskMetrics
    from batchcompute._generated.api.models.topic import Topic as Topic
    from batchcompute._generated.api.models.vm import VM as VM
    from batchcompute._generated.api.models.vpc import VPC as VPC

_HOMES = {
    "App": ("batchcompute._generated.api.models.app", "App"),
    "AppConfig": ("batchcompute._generated.api.models.app_config", "AppConfig"),
    "AppDescription": ("batchcompute._generated.api.models.app_description", "AppDescription"),
    "AppDocker": ("batchcompute._generated.api.models.app_docker", "AppDocker"),
    "AppJob": ("batchcompute._generated.api.models.app_job", "AppJob"),
    "AppJobConfig": ("batchcompute._generated.api.models.app_job_config", "AppJobConfig"),
    "AppJobDescription": (
        "batchcompute._generated.api.models.app_job_description",
        "AppJobDescription",
    ),
    "AppJobType": ("batchcompute._generated.api.models.app_job_type", "AppJobType"),
    "AppRevision": ("batchcompute._generated.api.models.app_revision", "AppRevision"),
    "AutoCluster": ("batchcompute._generated.api.models.auto_cluster", "AutoCluster"),
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
    "Classic": ("batchcompute._generated.api.models.classic", "Classic"),
    "Cluster": ("batchcompute._generated.api.models.cluster", "Cluster"),
    "ClusterDescription": (
        "batchcompute._generated.api.models.cluster_description",
        "ClusterDescription",
    ),
    "ClusterInstance": ("batchcompute._generated.api.models.cluster_instance", "ClusterInstance"),
    "ClusterInstanceState": (
        "batchcompute._generated.api.models.cluster_instance_state",
        "ClusterInstanceState",
    ),
    "ClusterState": ("batchcompute._generated.api.models.cluster_state", "ClusterState"),
    "Command": ("batchcompute._generated.api.models.command", "Command"),
    "CommandDocker": ("batchcompute._generated.api.models.command_docker", "CommandDocker"),
    "Configs": ("batchcompute._generated.api.models.configs", "Configs"),
    "ConsoleLink": ("batchcompute._generated.api.models.console_link", "ConsoleLink"),
    "CredentialChainLink": (
        "batchcompute._generated.api.models.credential_chain_link",
        "CredentialChainLink",
    ),
    "CredentialConfig": (
        "batchcompute._generated.api.models.credential_config",
        "CredentialConfig",
    ),
    "DAG": ("batchcompute._generated.api.models.dag", "DAG"),
    "DagJobType": ("batchcompute._generated.api.models.dag_job_type", "DagJobType"),
    "DataDisk": ("batchcompute._generated.api.models.data_disk", "DataDisk"),
    "DiskType": ("batchcompute._generated.api.models.disk_type", "DiskType"),
    "Disks": ("batchcompute._generated.api.models.disks", "Disks"),
    "EventName": ("batchcompute._generated.api.models.event_name", "EventName"),
    "Explanation": ("batchcompute._generated.api.models.explanation", "Explanation"),
    "ExplanationCode": ("batchcompute._generated.api.models.explanation_code", "ExplanationCode"),
    "Group": ("batchcompute._generated.api.models.group", "Group"),
    "GroupDescription": (
        "batchcompute._generated.api.models.group_description",
        "GroupDescription",
    ),
    "Image": ("batchcompute._generated.api.models.image", "Image"),
    "ImageDescription": (
        "batchcompute._generated.api.models.image_description",
        "ImageDescription",
    ),
    "ImagePlatform": ("batchcompute._generated.api.models.image_platform", "ImagePlatform"),
    "ImageType": ("batchcompute._generated.api.models.image_type", "ImageType"),
    "InputMappingConfig": (
        "batchcompute._generated.api.models.input_mapping_config",
        "InputMappingConfig",
    ),
    "Instance": ("batchcompute._generated.api.models.instance", "Instance"),
    "InstanceAttempt": ("batchcompute._generated.api.models.instance_attempt", "InstanceAttempt"),
    "InstanceAttempts": (
        "batchcompute._generated.api.models.instance_attempts",
        "InstanceAttempts",
    ),
    "InstanceError": ("batchcompute._generated.api.models.instance_error", "InstanceError"),
    "InstanceMetrics": ("batchcompute._generated.api.models.instance_metrics", "InstanceMetrics"),
    "IntegerSetting": ("batchcompute._generated.api.models.integer_setting", "IntegerSetting"),
    "Job": ("batchcompute._generated.api.models.job", "Job"),
    "JobDescription": ("batchcompute._generated.api.models.job_description", "JobDescription"),
    "JobState": ("batchcompute._generated.api.models.job_state", "JobState"),
    "Logging": ("batchcompute._generated.api.models.logging", "Logging"),
    "Metrics": ("batchcompute._generated.api.models.metrics", "Metrics"),
    "ModifyClusterDescription": (
        "batchcompute._generated.api.models.modify_cluster_description",
        "ModifyClusterDescription",
    ),
    "ModifyConfigs": ("batchcompute._generated.api.models.modify_configs", "ModifyConfigs"),
    "ModifyGroupDescription": (
        "batchcompute._generated.api.models.modify_group_description",
        "ModifyGroupDescription",
    ),
    "MountEntry": ("batchcompute._generated.api.models.mount_entry", "MountEntry"),
    "Mounts": ("batchcompute._generated.api.models.mounts", "Mounts"),
    "NAS": ("batchcompute._generated.api.models.nas", "NAS"),
    "Networks": ("batchcompute._generated.api.models.networks", "Networks"),
    "Notification": ("batchcompute._generated.api.models.notification", "Notification"),
    "OSS": ("batchcompute._generated.api.models.oss", "OSS"),
    "Parameter": ("batchcompute._generated.api.models.parameter", "Parameter"),
    "ParameterType": ("batchcompute._generated.api.models.parameter_type", "ParameterType"),
    "Parameters": ("batchcompute._generated.api.models.parameters", "Parameters"),
    "PriorityChange": ("batchcompute._generated.api.models.priority_change", "PriorityChange"),
    "Quota": ("batchcompute._generated.api.models.quota", "Quota"),
    "ResourceType": ("batchcompute._generated.api.models.resource_type", "ResourceType"),
    "Result": ("batchcompute._generated.api.models.result", "Result"),
    "ScheduleType": ("batchcompute._generated.api.models.schedule_type", "ScheduleType"),
    "SpotStrategy": ("batchcompute._generated.api.models.spot_strategy", "SpotStrategy"),
    "StringSetting": ("batchcompute._generated.api.models.string_setting", "StringSetting"),
    "SynchronousInstance": (
        "batchcompute._generated.api.models.synchronous_instance",
        "SynchronousInstance",
    ),
    "SystemDisk": ("batchcompute._generated.api.models.system_disk", "SystemDisk"),
    "Task": ("batchcompute._generated.api.models.task", "Task"),
    "TaskDescription": ("batchcompute._generated.api.models.task_description", "TaskDescription"),
    "TaskMetrics": ("batchcompute._generated.api.models.task_metrics", "TaskMetrics"),
    "Topic": ("batchcompute._generated.api.models.topic", "Topic"),
    "VM": ("batchcompute._generated.api.models.vm", "VM"),
    "VPC": ("batchcompute._generated.api.models.vpc", "VPC"),
}

__all__ = (
    "App",
    "AppConfig",
    "AppDescription",
    "AppDocker",
    "AppJob",
    "AppJobConfig",
    "AppJobDescription",
    "AppJobType",
    "AppRevision",
    "AutoCluster",
    "AvailableInstanceDesc",
    "AvailableNetworkType",
    "AvailableResource",
    "Classic",
    "Cluster",
    "ClusterDescription",
    "ClusterInstance",
    "ClusterInstanceState",
    "ClusterState",
    "Command",
    "CommandDocker",
    "Configs",
    "ConsoleLink",
    "CredentialChainLink",
    "CredentialConfig",
    "DAG",
    "DagJobType",
    "DataDisk",
    "DiskType",
    "Disks",
    "EventName",
    "Explanation",
    "ExplanationCode",
    "Group",
    "GroupDescription",
    "Image",
    "ImageDescription",
    "ImagePlatform",
    "ImageType",
    "InputMappingConfig",
    "Instance",
    "InstanceAttempt",
    "InstanceAttempts",
    "InstanceError",
    "InstanceMetrics",
    "IntegerSetting",
    "Job",
    "JobDescription",
    "JobState",
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
    "Parameter",
    "ParameterType",
    "Parameters",
    "PriorityChange",
    "Quota",
    "ResourceType",
    "Result",
    "ScheduleType",
    "SpotStrategy",
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
