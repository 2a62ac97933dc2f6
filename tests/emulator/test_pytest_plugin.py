"""The fixtures that pytest offers to users, in runs of pytest that are not this one."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest_plugins = ("pytester",)

_JOB = """
    def describe(cluster, command):
        parameters = {
            "Command": {"CommandLine": command, "PackagePath": ""},
            "StdoutRedirectPath": "oss://b/logs/",
            "StderrRedirectPath": "oss://b/logs/",
        }
        task = {"ClusterId": cluster, "InstanceCount": 1, "Parameters": parameters}
        return {"Name": "j", "Priority": 1, "DAG": {"Tasks": {"t": task}}}

    CLUSTER = {
        "Name": "c",
        "ImageId": "img-ubuntu",
        "Groups": {"g": {"DesiredVMCount": 1, "InstanceType": "bcs.a2.large"}},
    }
"""


def _run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_entry_point_is_installed() -> None:
    (found,) = entry_points(group="pytest11", name="batchcompute")
    assert found.value == "batchcompute.pytest_plugin"


def test_job_runs_against_the_service_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        _JOB
        + """
    def test_job(batchcompute_client, batchcompute_service):
        cluster = batchcompute_client.create_cluster(CLUSTER).Id
        job = batchcompute_client.create_job(describe(cluster, "echo fixture"))
        assert batchcompute_client.poll(job, timeout=60, interval=0.02) == []
        path = batchcompute_client.get_instance(job, "t", 0).StdoutRedirectPath
        assert batchcompute_service.read_object(path) == b"fixture\\n"
    """
    )
    _run(pytester).assert_outcomes(passed=1)


def test_each_test_has_a_service_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        _JOB
        + """
    def test_one(batchcompute_client):
        batchcompute_client.create_cluster(CLUSTER)
        assert len(batchcompute_client.list_clusters().Items) == 1

    def test_other(batchcompute_client):
        assert len(batchcompute_client.list_clusters().Items) == 0
    """
    )
    _run(pytester).assert_outcomes(passed=2)


def test_nothing_is_left_behind(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import pathlib

    def test_service(batchcompute_service):
        folder = batchcompute_service.objects.url.removeprefix("file://")
        pathlib.Path("folder").write_text(folder)
        assert pathlib.Path(folder).is_dir()
    """
    )
    _run(pytester).assert_outcomes(passed=1)
    assert not Path((pytester.path / "folder").read_text()).exists()


def test_missing_extra_is_one_sentence(pytester: pytest.Pytester) -> None:
    # None in sys.modules is how Python says that a module cannot be imported.
    pytester.makeconftest("import sys\nsys.modules['uvicorn'] = None")
    pytester.makepyfile("def test_service(batchcompute_service): pass")
    result = _run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pip install 'batchcompute?local?'*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_start_of_pytest_loads_neither_client_nor_service() -> None:
    script = (
        "import sys, batchcompute.pytest_plugin; "
        "print(sorted(name for name in sys.modules if name.startswith('batchcompute')), "
        "{'httpx', 'attrs', 'starlette', 'sqlalchemy', 'pydantic'} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    expected = ["batchcompute", "batchcompute._version", "batchcompute.pytest_plugin"]
    assert found.stdout.strip() == f"{expected} set()"
