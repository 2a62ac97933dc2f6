"""Classes of app definitions, under the path that old programs import them from."""

from batchcompute_api.models import VM as VM
from batchcompute_api.models import AppConfig as Config
from batchcompute_api.models import AppDescription as AppDescription
from batchcompute_api.models import AppDocker as Docker
from batchcompute_api.models import Parameter as InputParameter
from batchcompute_api.models import Parameter as OutputParameter
from batchcompute_api.models import Parameter as Parameter

__all__ = [
    "VM",
    "AppDescription",
    "Config",
    "Docker",
    "InputParameter",
    "OutputParameter",
    "Parameter",
]
