"""Classes of jobs, under the path that old programs import them from."""

from batchcompute_api.models import DAG as DAG
from batchcompute_api.models import AppJob as App
from batchcompute_api.models import AppJobConfig as Config
from batchcompute_api.models import AppJobDescription as AppJobDescription
from batchcompute_api.models import AutoCluster as AutoCluster
from batchcompute_api.models import Command as Command
from batchcompute_api.models import CommandDocker as Docker
from batchcompute_api.models import InputMappingConfig as InputMappingConfig
from batchcompute_api.models import JobDescription as JobDescription
from batchcompute_api.models import Logging as Logging
from batchcompute_api.models import Notification as Notification
from batchcompute_api.models import Parameters as Parameters
from batchcompute_api.models import TaskDescription as TaskDescription

__all__ = [
    "DAG",
    "App",
    "AppJobDescription",
    "AutoCluster",
    "Command",
    "Config",
    "Docker",
    "InputMappingConfig",
    "JobDescription",
    "Logging",
    "Notification",
    "Parameters",
    "TaskDescription",
]
