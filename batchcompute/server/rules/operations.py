"""Which function serves which operation of the specification.

Reads are given a view of the last commit and wait for nobody. Changes are checked here and
carried out by the scheduler, the only writer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.accounts.temporary import PREFIX
from batchcompute.server.explain import Situation
from batchcompute.server.model.caller import Caller, Role
from batchcompute.server.model.clock import Clock, SystemClock, to_wire
from batchcompute.server.model.errors import ApiError, forbidden, not_implemented
from batchcompute.server.rules.apps import operations as apps
from batchcompute.server.rules.apps import runs as app_runs
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.catalogue.operations import Catalogue
from batchcompute.server.rules.clusters import operations as clusters
from batchcompute.server.rules.explanations import attempts
from batchcompute.server.rules.explanations import operations as explanations
from batchcompute.server.rules.images import operations as images
from batchcompute.server.rules.jobs import operations as jobs
from batchcompute.server.rules.replies import Replies
from batchcompute.server.rules.response_cache import POLLED, PolledAnswers
from batchcompute.server.rules.tokens import made_before
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.causes import Requested
from batchcompute.server.scheduler.thread import SchedulerLoop
from batchcompute.server.store.database import Database

T = TypeVar("T")

Read = Callable[[Connection, Call], Any]
Change = Callable[[Call], Command]

READS: Final[Mapping[str, Read]] = {
    "list_jobs": jobs.list_jobs,
    "get_job": jobs.get_job,
    "get_job_description": jobs.get_job_description,
    "list_tasks": jobs.list_tasks,
    "get_task": jobs.get_task,
    "list_instances": jobs.list_instances,
    "get_instance": jobs.get_instance,
    "get_attempts": attempts.get_attempts,
    "list_clusters": clusters.list_clusters,
    "get_cluster": clusters.get_cluster,
    "list_cluster_instances": clusters.list_cluster_instances,
    "get_cluster_instance": clusters.get_cluster_instance,
    "list_images": images.list_images,
    "get_image": images.get_image,
    "list_apps": apps.list_apps,
    "get_app": apps.get_app,
    "get_app_detail": apps.get_app_detail,
    "get_app_revisions": apps.get_app_revisions,
}

#: Reads of what the service offers.
OFFERS: Final[Mapping[str, Callable[[Catalogue, Connection, Call], Any]]] = {
    "get_quotas": Catalogue.get_quotas,
    "get_available_resource": Catalogue.get_available_resource,
}

#: Reads that also depend on what the scheduler may do at this moment.
EXPLANATIONS: Final[Mapping[str, Callable[[Connection, Call, Situation], Any]]] = {
    "explain_job": explanations.explain_job,
    "explain_task": explanations.explain_task,
    "explain_instance": explanations.explain_instance,
    "explain_cluster": explanations.explain_cluster,
}

CHANGES: Final[Mapping[str, Change]] = {
    "create_job": jobs.create_job,
    "stop_job": jobs.stop_job,
    "start_job": jobs.start_job,
    "change_job_priority": jobs.change_job_priority,
    "delete_job": jobs.delete_job,
    "create_cluster": clusters.create_cluster,
    "modify_cluster": clusters.modify_cluster,
    "delete_cluster": clusters.delete_cluster,
    "delete_cluster_instance": clusters.delete_cluster_instance,
    "recreate_cluster_instance": clusters.recreate_cluster_instance,
    "create_image": images.create_image,
    "delete_image": images.delete_image,
    "create_app": apps.create_app,
    "modify_app": apps.modify_app,
    "delete_app": apps.delete_app,
}


#: Reads that may take milliseconds: lists, however short their pages are, and what is echoed.
_LONG: Final = frozenset(name for name in READS if name.startswith("list_")) | frozenset(
    {"get_job_description", "get_app_detail", "get_app_revisions"}
)

#: Operations that answer only when something has ended, however long that takes.
WAITS: Final = frozenset({"create_job_sync"})

#: Operations with idempotent tokens: what they make, and the member of the answer with its id.
TOKENS: Final[Mapping[str, tuple[str, str]]] = {
    "create_job": ("job", "Id"),
    "create_cluster": ("cluster", "Id"),
    "create_image": ("image", "Id"),
    "create_app": ("app", "Name"),
}

#: Makes a link that opens the console.
CONSOLE_LINK: Final = "create_console_link"

_SERVED: Final = frozenset((*READS, *OFFERS, *EXPLANATIONS, *CHANGES, *WAITS, CONSOLE_LINK))

#: Operations that are written to the audit log.
_AUDITED: Final = frozenset((*CHANGES, *WAITS, CONSOLE_LINK))
#: Members of answers that name what was made.
_NAMES: Final = ("Id", "Name")

#: Makes a URL for the holder of a key that works once, and says until when, in microseconds since
#: the epoch.
MakeLink = Callable[[str], tuple[str, int]]


class Service:
    """Serves the operations on a database and a scheduler."""

    def __init__(
        self,
        database: Database,
        scheduler: SchedulerLoop,
        clock: Clock | None = None,
        make_link: MakeLink | None = None,
        catalogue: Catalogue | None = None,
        audit: AuditLog | None = None,
    ) -> None:
        """Bind the parts.

        Args:
            database: What is remembered.
            scheduler: What carries out changes.
            clock: The time; None for this machine's.
            make_link: Makes links that open the console; None if there is none.
            catalogue: What it offers; None for what everybody knows.
            audit: Where it is written down who changed what; None for nowhere.
        """
        self._audit = audit
        self._database = database
        self._scheduler = scheduler
        self._clock = clock or SystemClock()
        self._make_link = make_link
        self._catalogue = catalogue or Catalogue()
        self._polled = PolledAnswers(database)
        self._replies = Replies()

    def check_served(self, operation_id: str) -> None:
        """Refuse an operation that nothing here serves.

        Raises:
            ApiError: It is not served.
        """
        if operation_id not in _SERVED:
            raise not_implemented(operation_id)

    def check_role(
        self, operation_id: str, caller: Caller, path: Mapping[str, str], request_id: str
    ) -> None:
        """Refuse what a caller's role does not allow, and write the refusal down.

        Args:
            operation_id: An operation that is served.
            caller: Who calls.
            path: The parameters of its path.
            request_id: The request.

        Raises:
            ApiError: It changes something, and the key may only look.
        """
        if caller.role is not Role.READ or not (operation_id in CHANGES or operation_id in WAITS):
            return
        error = forbidden("The access key may read only.")
        self.note(caller, operation_id, path, request_id=request_id, code=error.code)
        raise error

    async def perform(self, operation_id: str, call: Call) -> Any:
        """Carry out a call of an operation that is served.

        Returns:
            What goes into the answer's body, or None for an empty one.

        Raises:
            ApiError: A rule of the API refuses it.
        """
        if self._audit is None or operation_id not in _AUDITED:
            return await self._perform(operation_id, call)
        code, made = "InternalError", dict[str, str]()
        try:
            answer = await self._perform(operation_id, call)
            code = "OK"
            # Only the answer names what was made.
            made = {name: answer[name] for name in _NAMES if answer and name in answer}
            return answer
        except ApiError as error:
            code = error.code
            raise
        finally:
            target = {**call.path, **made}
            self.note(call.caller, operation_id, target, request_id=call.request_id, code=code)

    def note(
        self,
        caller: Caller,
        action: str,
        target: Mapping[str, str],
        *,
        request_id: str = "",
        code: str = "OK",
    ) -> None:
        """Write down a change, or that it was refused.

        Args:
            caller: Who made it.
            action: What was done: an operation of the API or of the object protocol.
            target: What it was done to.
            request_id: The request; "" where the API was not asked.
            code: The error's code, if it was refused.
        """
        if self._audit is not None:
            at = to_wire(self._clock.now())
            self._audit.write(caller, action, target, at=at, request_id=request_id, code=code)

    async def _perform(self, operation_id: str, call: Call) -> Any:
        if operation_id in READS or operation_id in OFFERS:
            ask = partial(self._read, operation_id, call)
            return await self._ask(ask, briefly=operation_id not in _LONG)
        if operation_id in EXPLANATIONS:
            return await self._ask(partial(self._explain, operation_id, call), briefly=False)
        if operation_id == CONSOLE_LINK:
            return self._console_link(call.caller)
        if operation_id in WAITS:
            return await self._run_app(call)
        if call.token and operation_id in TOKENS:
            kind, member = TOKENS[operation_id]
            made = await self._ask(partial(self._made_before, kind, call))
            if made is not None:
                return {member: made}
        prepare = partial(CHANGES[operation_id], call)
        command = await run_in_threadpool(prepare) if call.is_large else prepare()
        asked = Requested(command, call.request_id)
        return await self._replies.ask(self._scheduler, asked)

    def _console_link(self, caller: Caller) -> dict[str, Any]:
        if self._make_link is None:
            raise not_implemented("the console: start it with serve --console")
        if caller.key_id.startswith(PREFIX):
            raise forbidden("A session would last longer than a temporary key.")
        url, until = self._make_link(caller.key_id)
        return {"Url": url, "ExpirationTime": to_wire(until)}

    async def _run_app(self, call: Call) -> Any:
        waiters = self._scheduler.job_waiters
        command = Requested(app_runs.start_run(call, waiters), call.request_id)
        started = await self._replies.ask(self._scheduler, command)
        return await app_runs.await_run(call, started, waiters)

    async def _ask(self, question: Callable[[], T], *, briefly: bool = True) -> T:
        if self._database.is_sqlite and briefly:
            # A read takes a fraction of a millisecond, less than handing it to a thread.
            return question()
        return await run_in_threadpool(question)

    def _explain(self, operation_id: str, call: Call) -> Any:
        scheduler = self._scheduler
        situation = Situation(
            self._clock.now(),
            scheduler.slots,
            scheduler.holds,
            scheduler.paused,
            self._catalogue.placement,
            scheduler.awaited,
            scheduler.is_mixed,
        )
        with self._database.read() as connection:
            return EXPLANATIONS[operation_id](connection, call, situation)

    def _made_before(self, kind: str, call: Call) -> str | None:
        with self._database.read() as connection:
            return made_before(
                connection, kind, call.token, call.body, self._clock.now(), call.caller.account
            )

    def _read(self, operation_id: str, call: Call) -> Any:
        if operation_id in OFFERS:
            read: Read = partial(OFFERS[operation_id], self._catalogue)
        else:
            read = READS[operation_id]

        def ask(call: Call) -> Any:
            with self._database.read() as connection:
                return read(connection, call)

        # What is no file may have been taken over by another service without a word.
        if operation_id in POLLED and self._database.is_sqlite:
            return self._polled.answer(operation_id, call, ask)
        return ask(call)
