"""Classes of jobs, under the path that old programs import them from."""

from batchcompute._generated.api.models import DAG as DAG
from batchcompute._generated.api.models import AppJob as App
from batchcompute._generated.api.models import AppJobConfig as Config
from batchcompute._generated.api.models import AppJobDescription as AppJobDescription
from batchcompute._generated.api.models import AutoCluster as AutoCluster
from batchcompute._generated.api.models import Command as Command
from batchcompute._generated.api.models import CommandDocker as Docker
from batchcompute._generated.api.models import InputMappingConfig as InputMappingConfig
from batchcompute._generated.api.models import JobDescription as JobDescription
from batchcompute._generated.api.models import Logging as Logging
from batchcompute._generated.api.models import Notification as Notification
from batchcompute._generated.api.models import Parameters as Parameters
from batchcompute._generated.api.models import TaskDescription as TaskDescription

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
