"""Operations that run an App."""

from __future__ import annotations

import json

from batchcompute.local.errors import ApiError, invalid
from batchcompute.local.plan import JobPlan
from batchcompute.local.scheduler import jobs
from batchcompute.local.scheduler.core import Command
from batchcompute.local.scheduler.unit import Unit
from batchcompute.local.service.app_jobs import plan_app_job
from batchcompute.local.service.app_rules import images_of
from batchcompute.local.service.call import Call
from batchcompute.local.service.image_rules import require_images
from batchcompute.local.service.tokens import once
from batchcompute.local.store import app_queries


def create_app_job(call: Call) -> Command:
    """Make a job that runs the newest revision of an App."""
    return lambda unit: {"Id": _create(unit, call)}


def _create(unit: Unit, call: Call) -> str:
    def make(unit: Unit) -> str:
        plan = _plan(unit, call)
        text = json.dumps(call.body, separators=(",", ":"), ensure_ascii=False)
        return jobs.create(unit, plan, text)

    return once(unit, "job", call.token, call.body, make)


def _plan(unit: Unit, call: Call) -> JobPlan:
    name = call.body["App"]["AppName"]
    # A colon marks a public App, and there is none.
    app = None if ":" in name else app_queries.find_app(unit.connection, name)
    if app is None:
        raise _unknown_app(name)
    description = json.loads(app.description)
    plan = plan_app_job(call.body, description)
    if plan.tasks[0].auto_cluster:
        require_images(unit.connection, images_of(description))
    return plan


def _unknown_app(name: str) -> ApiError:
    kind = "Public App" if ":" in name else "App"
    return invalid("AppName", f"{kind} {name} is not found.", "App.AppName")
