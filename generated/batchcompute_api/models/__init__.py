# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""All model classes; each is loaded when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute_api.models.app import App as App
    from batchcompute_api.models.app_config import AppConfig as AppConfig
    from batchcompute_api.models.app_description import AppDescription as AppDescription
    from batchcompute_api.models.app_docker import AppDocker as AppDocker
    from batchcompute_api.models.app_job import AppJob as AppJob
    from batchcompute_api.models.app_job_config import AppJobConfig as AppJobConfig
    from batchcompute_api.models.app_job_description import AppJobDescription as AppJobDescription
    from batchcompute_api.models.app_job_type import AppJobType as AppJobType
    from batchcompute_api.models.app_list import AppList as AppList
    from batchcompute_api.models.app_revision import AppRevision as AppRevision
    from batchcompute_api.models.app_scope import AppScope as AppScope
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
    from batchcompute_api.models.cluster_instance_list import (
        ClusterInstanceList as ClusterInstanceList,
    )
    from batchcompute_api.models.cluster_instance_state import (
        ClusterInstanceState as ClusterInstanceState,
    )
    from batchcompute_api.models.cluster_list import ClusterList as ClusterList
    from batchcompute_api.models.cluster_state import ClusterState as ClusterState
    from batchcompute_api.models.command import Command as Command
    from batchcompute_api.models.command_docker import CommandDocker as CommandDocker
    from batchcompute_api.models.configs import Configs as Configs
    from batchcompute_api.models.create_result import CreateResult as CreateResult
    from batchcompute_api.models.credential_chain_link import (
        CredentialChainLink as CredentialChainLink,
    )
    from batchcompute_api.models.credential_config import CredentialConfig as CredentialConfig
    from batchcompute_api.models.dag import DAG as DAG
    from batchcompute_api.models.dag_job_type import DagJobType as DagJobType
    from batchcompute_api.models.data_disk import DataDisk as DataDisk
    from batchcompute_api.models.disk_type import DiskType as DiskType
    from batchcompute_api.models.disks import Disks as Disks
    from batchcompute_api.models.error import Error as Error
    from batchcompute_api.models.event_name import EventName as EventName
    from batchcompute_api.models.group import Group as Group
    from batchcompute_api.models.group_description import GroupDescription as GroupDescription
    from batchcompute_api.models.image import Image as Image
    from batchcompute_api.models.image_description import ImageDescription as ImageDescription
    from batchcompute_api.models.image_list import ImageList as ImageList
    from batchcompute_api.models.image_platform import ImagePlatform as ImagePlatform
    from batchcompute_api.models.image_type import ImageType as ImageType
    from batchcompute_api.models.input_mapping_config import (
        InputMappingConfig as InputMappingConfig,
    )
    from batchcompute_api.models.instance import Instance as Instance
    from batchcompute_api.models.instance_error import InstanceError as InstanceError
    from batchcompute_api.models.instance_list import InstanceList as InstanceList
    from batchcompute_api.models.instance_metrics import InstanceMetrics as InstanceMetrics
    from batchcompute_api.models.integer_setting import IntegerSetting as IntegerSetting
    from batchcompute_api.models.job import Job as Job
    from batchcompute_api.models.job_description import JobDescription as JobDescription
    from batchcompute_api.models.job_list import JobList as JobList
    from batchcompute_api.models.job_order_key import JobOrderKey as JobOrderKey
    from batchcompute_api.models.job_state import JobState as JobState
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
    from batchcompute_api.models.parameter import Parameter as Parameter
    from batchcompute_api.models.parameter_type import ParameterType as ParameterType
    from batchcompute_api.models.parameters import Parameters as Parameters
    from batchcompute_api.models.priority_change import PriorityChange as PriorityChange
    from batchcompute_api.models.quota import Quota as Quota
    from batchcompute_api.models.resource_type import ResourceType as ResourceType
    from batchcompute_api.models.result import Result as Result
    from batchcompute_api.models.schedule_type import ScheduleType as ScheduleType
    from batchcompute_api.models.spot_strategy import SpotStrategy as SpotStrategy
    from batchcompute_api.models.string_setting import StringSetting as StringSetting
    from batchcompute_api.models.synchronous_instance import (
        SynchronousInstance as SynchronousInstance,
    )
    from batchcompute_api.models.system_disk import SystemDisk as SystemDisk
    from batchcompute_api.models.task import Task as Task
    from batchcompute_api.models.task_description import TaskDescription as TaskDescription
    from batchcompute_api.models.task_list import TaskList as TaskList
    from batchcompute_api.models.task_metrics import TaskMetrics as TaskMetrics
    from batchcompute_api.models.topic import Topic as Topic
    from batchcompute_api.models.vm import VM as VM
    from batchcompute_api.models.vpc import VPC as VPC

_MODULES = {
    "App": "app",
    "AppConfig": "app_config",
    "AppDescription": "app_description",
    "AppDocker": "app_docker",
    "AppJob": "app_job",
    "AppJobConfig": "app_job_config",
    "AppJobDescription": "app_job_description",
    "AppJobType": "app_job_type",
    "AppList": "app_list",
    "AppRevision": "app_revision",
    "AppScope": "app_scope",
    "AutoCluster": "auto_cluster",
    "AvailableInstanceDesc": "available_instance_desc",
    "AvailableNetworkType": "available_network_type",
    "AvailableResource": "available_resource",
    "Classic": "classic",
    "Cluster": "cluster",
    "ClusterDescription": "cluster_description",
    "ClusterInstance": "cluster_instance",
    "ClusterInstanceList": "cluster_instance_list",
    "ClusterInstanceState": "cluster_instance_state",
    "ClusterList": "cluster_list",
    "ClusterState": "cluster_state",
    "Command": "command",
    "CommandDocker": "command_docker",
    "Configs": "configs",
    "CreateResult": "create_result",
    "CredentialChainLink": "credential_chain_link",
    "CredentialConfig": "credential_config",
    "DAG": "dag",
    "DagJobType": "dag_job_type",
    "DataDisk": "data_disk",
    "DiskType": "disk_type",
    "Disks": "disks",
    "Error": "error",
    "EventName": "event_name",
    "Group": "group",
    "GroupDescription": "group_description",
    "Image": "image",
    "ImageDescription": "image_description",
    "ImageList": "image_list",
    "ImagePlatform": "image_platform",
    "ImageType": "image_type",
    "InputMappingConfig": "input_mapping_config",
    "Instance": "instance",
    "InstanceError": "instance_error",
    "InstanceList": "instance_list",
    "InstanceMetrics": "instance_metrics",
    "IntegerSetting": "integer_setting",
    "Job": "job",
    "JobDescription": "job_description",
    "JobList": "job_list",
    "JobOrderKey": "job_order_key",
    "JobState": "job_state",
    "Logging": "logging",
    "Metrics": "metrics",
    "ModifyClusterDescription": "modify_cluster_description",
    "ModifyConfigs": "modify_configs",
    "ModifyGroupDescription": "modify_group_description",
    "MountEntry": "mount_entry",
    "Mounts": "mounts",
    "NAS": "nas",
    "Networks": "networks",
    "Notification": "notification",
    "OSS": "oss",
    "Parameter": "parameter",
    "ParameterType": "parameter_type",
    "Parameters": "parameters",
    "PriorityChange": "priority_change",
    "Quota": "quota",
    "ResourceType": "resource_type",
    "Result": "result",
    "ScheduleType": "schedule_type",
    "SpotStrategy": "spot_strategy",
    "StringSetting": "string_setting",
    "SynchronousInstance": "synchronous_instance",
    "SystemDisk": "system_disk",
    "Task": "task",
    "TaskDescription": "task_description",
    "TaskList": "task_list",
    "TaskMetrics": "task_metrics",
    "Topic": "topic",
    "VM": "vm",
    "VPC": "vpc",
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
    "AppList",
    "AppRevision",
    "AppScope",
    "AutoCluster",
    "AvailableInstanceDesc",
    "AvailableNetworkType",
    "AvailableResource",
    "Classic",
    "Cluster",
    "ClusterDescription",
    "ClusterInstance",
    "ClusterInstanceList",
    "ClusterInstanceState",
    "ClusterList",
    "ClusterState",
    "Command",
    "CommandDocker",
    "Configs",
    "CreateResult",
    "CredentialChainLink",
    "CredentialConfig",
    "DAG",
    "DagJobType",
    "DataDisk",
    "DiskType",
    "Disks",
    "Error",
    "EventName",
    "Group",
    "GroupDescription",
    "Image",
    "ImageDescription",
    "ImageList",
    "ImagePlatform",
    "ImageType",
    "InputMappingConfig",
    "Instance",
    "InstanceError",
    "InstanceList",
    "InstanceMetrics",
    "IntegerSetting",
    "Job",
    "JobDescription",
    "JobList",
    "JobOrderKey",
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
    "TaskList",
    "TaskMetrics",
    "Topic",
    "VM",
    "VPC",
)


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted(_MODULES)
