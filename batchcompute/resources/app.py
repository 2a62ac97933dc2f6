"""Classes of app definitions, under the path that old programs import them from.

Old programs know one class for each setting of an app's `Config`; all of them are the two classes
of settings, with text and with whole numbers.
"""

from batchcompute._generated.api.models import VM as VM
from batchcompute._generated.api.models import AppConfig as Config
from batchcompute._generated.api.models import AppDescription as AppDescription
from batchcompute._generated.api.models import AppDocker as Docker
from batchcompute._generated.api.models import IntegerSetting as InstanceCount
from batchcompute._generated.api.models import IntegerSetting as MaxRetryCount
from batchcompute._generated.api.models import IntegerSetting as MinDataDiskSize
from batchcompute._generated.api.models import IntegerSetting as MinDiskSize
from batchcompute._generated.api.models import IntegerSetting as Timeout
from batchcompute._generated.api.models import Parameter as InputParameter
from batchcompute._generated.api.models import Parameter as OutputParameter
from batchcompute._generated.api.models import Parameter as Parameter
from batchcompute._generated.api.models import StringSetting as DataDiskMountPoint
from batchcompute._generated.api.models import StringSetting as DataDiskType
from batchcompute._generated.api.models import StringSetting as DiskType
from batchcompute._generated.api.models import StringSetting as InstanceType
from batchcompute._generated.api.models import StringSetting as ResourceType

__all__ = [
    "VM",
    "AppDescription",
    "Config",
    "DataDiskMountPoint",
    "DataDiskType",
    "DiskType",
    "Docker",
    "InputParameter",
    "InstanceCount",
    "InstanceType",
    "MaxRetryCount",
    "MinDataDiskSize",
    "MinDiskSize",
    "OutputParameter",
    "Parameter",
    "ResourceType",
    "Timeout",
]
