"""Classes of app definitions, under the path that old programs import them from."""

from batchcompute_api.models import VM as VM
from batchcompute_api.models import AppDescription as AppDescription
from batchcompute_api.models import Parameter as Parameter
