"""Every import path and name that programs for earlier versions use, each in a fresh interpreter
where the order of imports matters."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from types import ModuleType

import pytest

import batchcompute

_REGIONS = (
    "CN_QINGDAO CN_BEIJING CN_HANGZHOU CN_SHENZHEN CN_ZHANGJIAKOU CN_HUHEHAOTE CN_SHANGHAI "
    "CN_CHENGDU CN_HONGKONG AP_SOUTHEAST_1 AP_SOUTHEAST_2 EU_CENTRAL_1 US_WEST_1 US_EAST_1"
)
_EXCEPTIONS = "ClientError FieldError ValidationError JsonError JSONError"
_JOB_CLASSES = (
    "JobDescription DAG TaskDescription Parameters Command InputMappingConfig AutoCluster "
    "Notification Config Logging App AppJobDescription"
)
_CLUSTER_CLASSES = (
    "ClusterDescription GroupDescription Configs Disks Networks Notification Topic Mounts "
    "ModifyClusterDescription ModifyConfigs ModifyGroupDescription Classic VPC SystemDisk "
    "DataDisk MountEntry NAS OSS"
)
_APP_CLASSES = "AppDescription InputParameter OutputParameter Docker VM"
_STATUSES = (
    "Job TaskMetrics InstanceMetrics Task Instance Result Error SynchronousInstance Cluster Group "
    "Metrics ClusterInstance Image Quota Quotas AvailableResource AvailableInstanceDesc "
    "AvailableNetworkType AppRevision"
)
_RESPONSES = "RawResponse CreateResponse ActionResponse GetResponse ListResponse"
_SETTINGS = (
    "ResourceType InstanceType InstanceCount MinDiskSize DiskType MinDataDiskSize DataDiskType "
    "DataDiskMountPoint MaxRetryCount Timeout"
)

#: Module -> the names that the documentation has for it.
PATHS = {
    "batchcompute": f"Client {_EXCEPTIONS} ConfigError {_REGIONS} __version__ __author__",
    "batchcompute.resources": (
        f"{_JOB_CLASSES} {_CLUSTER_CLASSES} ImageDescription {_APP_CLASSES} {_STATUSES}"
    ),
    "batchcompute.core": f"{_EXCEPTIONS} Api",
    "batchcompute.core.exceptions": _EXCEPTIONS,
    "batchcompute.utils": (
        f"set_log_level get_logger ConfigError {_REGIONS} get_region add_region get_all_region "
        "set_api_version get_api_version str_md5 utf8 iget gmt_time partial import_json "
        "add_metaclass CamelCasedClass remap"
    ),
    "batchcompute.utils.log": "set_log_level get_logger add_handler",
    "batchcompute.utils.functions": (
        "ConfigError get_region add_region get_all_region set_api_version get_api_version str_md5 "
        "utf8 iget gmt_time partial import_json add_metaclass timestamp_datetime "
        "datetime_timestamp timediff get_local_ip do_tar str2datetime utc2local local2utc "
        "url_safe import_httplib"
    ),
    "batchcompute.utils.jsonizable": "Jsonizable BatchEncoder JsonEncoder",
    "batchcompute.utils.constants": (
        "ENDPOINT_INFO API_VERSION SERVICE_PORT SECURITY_SERVICE_PORT SERVICE_PORT_MOCKED STRING "
        "NUMBER FLOAT ANY TIME COLLECTION DEFAULT_LIST_ITEM STATE_MAP UTC_FORMAT PY2 PY3 "
        f"{_REGIONS}"
    ),
    "batchcompute.utils.canonicalization": "CamelCasedClass remap",
    "batchcompute.utils.http": "RequestClient ResponseWrapper",
    "batchcompute.client": f"Client {_STATUSES} {_RESPONSES}",
    "batchcompute.client.client": "Client CheckedApi",
    "batchcompute.client.response": f"{_STATUSES} App Disk {_RESPONSES}",
    "batchcompute.resources.cluster": _CLUSTER_CLASSES,
    "batchcompute.resources.job": f"{_JOB_CLASSES} Docker",
    "batchcompute.resources.app": f"Parameter {_APP_CLASSES} Config {_SETTINGS}",
    "batchcompute.resources.image": "ImageDescription",
}


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", PATHS)
def test_each_documented_name_can_be_imported_first_from_its_module(module: str) -> None:
    names = ", ".join(PATHS[module].split())
    _run(f"from {module} import {names}")


@pytest.mark.parametrize("module", PATHS)
def test_star_import_of_each_module_works(module: str) -> None:
    _run(f"from {module} import *")


@pytest.mark.parametrize("module", [name for name in PATHS if ".utils" in name])
def test_star_import_of_helpers_brings_what_is_documented_and_nothing_else(module: str) -> None:
    names: dict[str, object] = {}
    exec(f"from {module} import *", names)  # the only way to write it in a function
    del names["__builtins__"]
    own = {name for name, value in names.items() if not isinstance(value, ModuleType)}

    assert own == {*PATHS[module].split()}
    assert names.keys() - own <= {"canonicalization", "constants", "functions", "log"}


@pytest.mark.parametrize("module", ["batchcompute", "batchcompute.client"])
def test_lazy_names_are_listed(module: str) -> None:
    loaded = importlib.import_module(module)

    assert {name for name in PATHS[module].split() if not name.startswith("__")} <= set(dir(loaded))
    with pytest.raises(AttributeError):
        _ = loaded.Nothing


def test_unknown_names_of_the_old_packages_are_attribute_errors() -> None:
    for module in ("batchcompute.core", "batchcompute.client.response"):
        with pytest.raises(AttributeError):
            _ = importlib.import_module(module).Nothing


@pytest.mark.parametrize("module", [path for path in PATHS if path != "batchcompute"])
def test_bare_import_reaches_each_module(module: str) -> None:
    _run(f"import batchcompute; {module}.{PATHS[module].split()[0]}")


def test_two_paths_lead_to_one_class() -> None:
    from batchcompute import core, exceptions, resources
    from batchcompute.client import responses as response
    from batchcompute.legacy import functions
    from batchcompute.resources import app
    from batchcompute.utils import jsonizable

    assert core.ClientError is core.exceptions.ClientError is exceptions.ClientError
    assert functions.ConfigError is batchcompute.ConfigError
    assert jsonizable.BatchEncoder is jsonizable.JsonEncoder
    assert issubclass(resources.JobDescription, jsonizable.Jsonizable)
    for name in _STATUSES.split():
        assert getattr(response, name) is getattr(resources, name), name
    assert resources.Quotas is resources.Quota
    assert app.InputParameter is app.OutputParameter is app.Parameter
    assert app.Parameter.__name__ == "Parameter"
    assert issubclass(response.JobResponse, response.Job)


@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_same_name_different_class_as_documented() -> None:
    from batchcompute import resources
    from batchcompute.client import responses as response
    from batchcompute.resources import app, job

    for name, here, there in (
        ("Config", (job, resources), app),
        ("Docker", (app, resources), job),
        ("App", (job, resources), response),
    ):
        first, second = (getattr(module, name) for module in here)
        assert first is second
        assert first is not getattr(there, name)
    assert set(job.Docker({"Image": "a", "RegistryOSSPath": "b"})) == {"Image"}
    assert set(app.Docker({"Image": "a", "RegistryOSSPath": "b"})) == {"Image", "RegistryOSSPath"}


@pytest.mark.parametrize("name", _SETTINGS.split())
def test_class_of_each_app_setting_fits_its_place(name: str) -> None:
    from batchcompute.resources import app

    value = getattr(app.Config(), name).Default
    setting = getattr(app, name)({"Default": value})
    config = app.Config()
    setattr(config, name, setting)

    assert config.detail() == {name: setting}
    assert setting.detail() == {"Default": value, "Description": "", "Overwritable": True}


def test_disk_status_is_read_only_and_maps() -> None:
    from batchcompute.client.response import Disk

    disk = Disk({"ECSSnapshotId": "s-1"})

    assert disk["ECSSnapshotId"] == disk.ECSSnapshotId == "s-1"
    with pytest.raises(AttributeError):
        disk.ECSSnapshotId = "s-2"


def test_constants_are_the_documented_hosts() -> None:
    for name in _REGIONS.split():
        region = name.lower().replace("_", "-")
        assert getattr(batchcompute, name) == f"batchcompute.{region}.aliyuncs.com"
        assert getattr(batchcompute.utils, name) == getattr(batchcompute, name)
        assert batchcompute.utils.constants.ENDPOINT_INFO[region] == getattr(batchcompute, name)
    assert len(batchcompute.utils.constants.ENDPOINT_INFO) == 14


def test_other_constants_have_the_documented_values() -> None:
    from batchcompute.legacy import constants

    assert (constants.API_VERSION, constants.DEFAULT_LIST_ITEM) == ("2015-11-11", 100)
    ports = constants.SERVICE_PORT, constants.SECURITY_SERVICE_PORT, constants.SERVICE_PORT_MOCKED
    assert ports == (80, 443, 8888)
    assert constants.STATE_MAP == ["Init", "Waiting", "Running", "Finished", "Failed", "Stopped"]
    assert constants.UTC_FORMAT == "%Y-%m-%dT%H:%M:%S.%fZ"
    assert (list, tuple) == constants.COLLECTION
    assert (constants.PY2, constants.PY3) == (False, True)
    for value, kind in (("x", constants.STRING), (1.5, constants.NUMBER), (None, constants.ANY)):
        assert isinstance(value, kind)
    assert not isinstance(1, constants.FLOAT)
    assert isinstance(1, constants.TIME)


def test_misprint_of_the_documentation_is_understood_with_a_warning() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from batchcompute import Cient  # type: ignore[attr-defined]

    assert Cient is batchcompute.Client
    # An import statement asks for the name twice.
    assert {entry.category for entry in caught} == {DeprecationWarning}
    assert {entry.filename for entry in caught} == {__file__}
    assert "Cient" not in batchcompute.__all__
