"""A program in the old style that uses every documented method, against the embedded service."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

from batchcompute import Client
from batchcompute.server import LocalServer

_SCRIPT = Path(__file__).parents[2] / "examples" / "legacy_style.py"

#: Methods that the embedded service does not serve, or not in each of their forms.
NOT_SERVED: set[str] = set()

#: Methods without a request of their own, which the script uses directly.
_LOCAL = {"register_region", "get_regions", "get_version", "set_version"}
#: Every method that the documentation of earlier versions has.
DOCUMENTED = _LOCAL | {
    "create_job",
    "get_job",
    "get_job_description",
    "change_job_priority",
    "start_job",
    "stop_job",
    "delete_job",
    "list_jobs",
    "get_task",
    "list_tasks",
    "get_instance",
    "list_instances",
    "create_image",
    "delete_image",
    "get_image",
    "list_images",
    "create_cluster",
    "delete_cluster",
    "get_cluster",
    "list_clusters",
    "modify_cluster",
    "change_cluster_desired_vm_count",
    "change_cluster_spot_config",
    "change_cluster_user_data",
    "change_cluster_env_vars",
    "change_cluster_input_mapping",
    "get_cluster_instance",
    "recreate_cluster_instance",
    "delete_cluster_instance",
    "list_cluster_instances",
    "create_app",
    "delete_app",
    "get_app",
    "get_app_detail",
    "get_app_revisions",
    "list_apps",
    "modify_app",
    "get_quotas",
    "get_available_resource",
    "easy_list",
    "poll",
}


def test_script_names_every_documented_method() -> None:
    tree = ast.parse(_SCRIPT.read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "call"
        and isinstance(node.args[0], ast.Constant)
    }

    assert DOCUMENTED - used == set()
    assert all(callable(getattr(Client, name)) for name in DOCUMENTED)


def test_script_runs_and_reports_what_is_not_served(service: LocalServer) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", _SCRIPT],
        env={**os.environ, **service.environment()},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    *_, count, last = done.stdout.splitlines()
    assert count == f"methods called: {len(DOCUMENTED - _LOCAL)}"
    reported = set(json.loads(last.removeprefix("methods not served: ")))
    assert reported == NOT_SERVED, "find out what has stopped to be served"


_NEVER_CLOSED = """
from batchcompute import CN_SHENZHEN, Client

def look():
    client = Client(CN_SHENZHEN, {key!r}, {secret!r})
    return client.list_jobs("", 1)

look()
kept = Client(CN_SHENZHEN, {key!r}, {secret!r})
kept.list_jobs("", 1)
"""


def test_client_that_is_never_closed_leaves_no_warning(service: LocalServer) -> None:
    script = _NEVER_CLOSED.format(key=service.access_key_id, secret=service.access_key_secret)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "default", "-c", script],
        env={**os.environ, "BATCHCOMPUTE_ENDPOINT": service.endpoint},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
