"""One service, put together from its parts, opened and closed in the right order."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.accounts.keyring import KeyRing
from batchcompute.server.api.application import Application
from batchcompute.server.api.auth.authentication import DATE_WINDOW, SignatureCheck
from batchcompute.server.api.auth.nonce_log import NonceLog
from batchcompute.server.api.contract.document import load_contract
from batchcompute.server.api.hosts import HostCheck
from batchcompute.server.api.http import HttpServer, bind, url_of
from batchcompute.server.api.tls import Certificate
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
from batchcompute.server.executors.interface import Capabilities, Executor
from batchcompute.server.executors.router import Router
from batchcompute.server.explain import Situation
from batchcompute.server.housekeeping.archive import claim_archive
from batchcompute.server.housekeeping.disks import DiskWatch
from batchcompute.server.housekeeping.retention import Retention
from batchcompute.server.housekeeping.rounds import Rounds
from batchcompute.server.model.addresses import is_loopback
from batchcompute.server.model.clock import Clock, SystemClock
from batchcompute.server.model.errors import StartError
from batchcompute.server.model.resources import Placement
from batchcompute.server.notifications.publisher import Publisher
from batchcompute.server.objects import ObjectStore, open_store
from batchcompute.server.objects.factory import secret_files
from batchcompute.server.objects.owners import granted_buckets
from batchcompute.server.process.data_folder import Announcement, DataFolder
from batchcompute.server.process.object_service import ObjectService, bind_objects
from batchcompute.server.process.pairing import pair
from batchcompute.server.process.pools_file import (
    has_agents,
    has_embedded_pool,
    has_pools,
    load_pools,
)
from batchcompute.server.process.settings import Settings
from batchcompute.server.rules.catalogue.operations import Catalogue
from batchcompute.server.rules.operations import Service
from batchcompute.server.scheduler.agent_ledger import AgentLedger
from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.limits import AccountLimits
from batchcompute.server.scheduler.observer import Observer, Observers
from batchcompute.server.scheduler.thread import SchedulerLoop
from batchcompute.server.scheduler.transaction import Effects
from batchcompute.server.store.database import Database
from batchcompute.server.story.events import EventLog
from batchcompute.server.story.requests import RequestNames

if TYPE_CHECKING:
    from batchcompute.server.process.agents_service import AgentsService
    from batchcompute.server.process.console_service import ConsoleService
    from batchcompute.server.process.metrics_service import MetricsService
    from batchcompute.server.process.remote_objects import RemoteObjects

logger = logging.getLogger("batchcompute.server")

#: Attempts that the log names one by one when the service ends.
_MOST_LISTED = 20


class Node:
    """A service of this process.

    Attributes:
        endpoint: URL it listens on, once it is open.
        objects_endpoint: URL of the OSS object protocol, once it is open.
        console_endpoint: URL of the console, once it is open; "" if there is none.
        metrics_endpoint: URL of the metrics, once it is open; "" if there are none.
        agents_endpoint: URL that agents join, once it is open; "" if there are none.
        access_key: The key that callers use, once it is open.
        objects: The objects of its programs, once it is open.
    """

    endpoint: str
    objects_endpoint: str
    console_endpoint: str
    metrics_endpoint: str
    agents_endpoint: str
    access_key: AccessKey
    objects: ObjectStore

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        executor: Executor | None = None,
        failed: Callable[[], None] | None = None,
        names: RequestNames | None = None,
    ) -> None:
        """Name the parts; `open` starts them.

        Args:
            settings: What was decided.
            clock: The time; None for this machine's.
            executor: What runs programs; None for the embedded one.
            failed: Called from any thread if the service cannot go on, by a fault of its own. It
                is to be closed then; the next one on the same data finds out how things are.
            names: Finds the requests that log records are about, once the database is open; None
                if nobody asks.
        """
        self._settings = settings
        self._names = names or RequestNames()
        self._clock = clock or SystemClock()
        self._given_executor = executor
        self._failed = failed
        self._folder = DataFolder(settings.data)
        self._with_agents = bool(settings.agents) or has_agents(settings.config)
        self._is_mixed = has_agents(settings.config) and has_embedded_pool(settings.config)
        # Whether this machine runs something from before there were agents.
        self._goes_on = False
        # Where VMs come from pools of agents, their engines place them.
        of_engines = self._with_agents and not self._is_mixed
        enforced = settings.enforce_resources and not of_engines
        self._placement = Placement(settings.types) if enforced else None
        self._catalogue = Catalogue(settings.types, self._placement, has_others=self._is_mixed)
        # As many as fit; others are refused by what they need.
        self._slots = None if self._placement is None else self._placement.most
        self._stack = ExitStack()
        self._console: ConsoleService | None = None

    def open(self) -> None:
        """Start, find out what became of a former server's work, and only then listen.

        Raises:
            StartError: It cannot start; nothing is left running.
        """
        try:
            self._open()
        except OSError as error:
            self.close()
            raise StartError(f"the service cannot start: {error}") from error
        except SQLAlchemyError as error:
            self.close()
            cause = error.__cause__ or error
            raise StartError(f"the database cannot be used: {cause}") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop listening, record what has ended, and let go of everything."""
        self._stack.close()

    def environment(self) -> dict[str, str]:
        """Return the environment variables that make clients use this service."""
        return self._where().environment(self.access_key)

    def _where(self) -> Announcement:
        store = self.objects.url if self._settings.objects else ""
        return Announcement(self.endpoint, self.objects_endpoint, self._settings.region, store)

    def _open(self) -> None:
        settings = self._settings
        certificate = None if settings.tls is None else Certificate(*settings.tls)
        _warn_if_reachable(settings.host, encrypted=certificate is not None)
        self._folder.create(allow_network=settings.allow_network_folder)
        self._folder.lock()
        self._stack.callback(self._folder.unlock)
        # Early, so that a port in use is said before anything is begun.
        listener = bind(settings.host, settings.port)
        self._stack.callback(listener.close)
        for_objects = self._bind_objects()
        metrics = self._take_metrics()
        console = self._take_console(certificate)
        database, adopted = self._open_database()
        keys = self._take_keys()
        objects = self._open_objects(for_objects, keys, metrics, certificate, database)
        scheduler, capabilities = self._start_scheduler(
            database, objects, keys, adopted=adopted, observer=_observer(metrics, console)
        )
        application = self._application(database, scheduler, keys, metrics, console)
        self.endpoint = url_of(listener, secure=certificate is not None)
        if console is not None:
            # Before the API, which makes links to it.
            self._start_console(console, database, scheduler, capabilities, objects, keys)
        server = HttpServer(application, listener, self._failed, certificate)
        server.start()
        self._stack.callback(server.close)
        # Before the server is closed, which waits for those who wait for an answer.
        self._stack.callback(scheduler.job_waiters.close)
        objects.start()
        self._keep_tidy(database, scheduler, metrics)
        if metrics is not None:
            metrics.start(database, self._folder.path, scheduler, capabilities)
        self._folder.announce(self._where())
        self._stack.callback(self._folder.withdraw)

    def _open_database(self) -> tuple[Database, bool]:
        """Open the database; return it, and whether it and the folder belonged to others before.

        Raises:
            StartError: They do not belong together, or it cannot be used.
        """
        settings = self._settings
        url = settings.database or self._folder.database_url
        now = self._clock.now()
        database = Database(url, now=now, allow_network=settings.allow_network_folder)
        self._stack.callback(database.close)
        if settings.standby and self._is_mixed:
            raise StartError(
                "--standby lets another machine take over, and the configuration file has a pool "
                'of kind "embedded", which is this machine: leave one of the two out'
            )
        adopted = pair(
            self._folder,
            database,
            now=now,
            adopt=settings.adopt_database,
            # Agents tell what they run. What this machine runs is told by its folder alone.
            turns=settings.standby and self._with_agents,
        )
        return database, adopted

    def _take_keys(self) -> KeyRing:
        """Return the keys of all callers; also begin to write down what they do."""
        given = self._settings.access_key
        if given is not None:
            self._folder.store_key(given)
        self.access_key = self._folder.access_key() if given is None else given
        self._audit = AuditLog(self._folder.audit_log)
        self._stack.callback(self._audit.close)
        return KeyRing(
            [self.access_key],
            self._folder.accounts,
            self._folder.stored_key,
            self._folder.token_secret,
        )

    def _application(
        self,
        database: Database,
        scheduler: SchedulerLoop,
        keys: KeyRing,
        metrics: MetricsService | None,
        console: ConsoleService | None,
    ) -> ASGIApp:
        """Return what answers the requests of the API."""
        settings = self._settings
        kept = NonceLog(self._folder.path / "nonces")
        self._stack.callback(kept.close)
        nonces = kept.open(DATE_WINDOW, self._clock.now() // 1_000_000)
        check = SignatureCheck(
            keys,
            self._clock,
            nonces,
            require_nonce=settings.require_nonce,
        )
        make_link = None if console is None else console.make_link
        service = Service(database, scheduler, self._clock, make_link, self._catalogue, self._audit)
        hosts = HostCheck.for_address(settings.host)
        application: ASGIApp = Application(
            load_contract(), check, service, hosts, log_changes=settings.log_events
        )
        return application if metrics is None else metrics.measured(application, server="api")

    def _secret_files(self) -> Iterator[Path]:
        """Yield the files outside of the data folder that no program shall read."""
        settings = self._settings
        if settings.tls is not None:
            yield settings.tls[1]
        if settings.config is not None:
            yield settings.config.path
        if settings.objects:
            yield from secret_files(self.objects.url)

    def _cap_rules(self) -> CapRules | None:
        if self._placement is None:
            return None
        machine = self._placement.machine
        return CapRules(machine.cgroup, machine.processes, machine.devices)

    def _bind_objects(self) -> socket.socket | None:
        """Take the address of the object protocol; return None if another store has the objects."""
        settings = self._settings
        if not settings.objects:
            listener = bind_objects(settings.host, settings.objects_port, settings.port)
            self._stack.callback(listener.close)
            return listener
        if settings.objects_port is not None:
            raise StartError(
                "--objects-port is the port of the service's own objects, and --objects keeps them "
                "elsewhere: leave one of the two out"
            )
        return None

    def _open_objects(
        self,
        listener: socket.socket | None,
        keys: KeyRing,
        metrics: MetricsService | None,
        certificate: Certificate | None,
        database: Database,
    ) -> ObjectService | RemoteObjects:
        settings = self._settings
        if listener is None:
            # Loaded when it is needed, as it is little that most services use.
            from batchcompute.server.process.remote_objects import RemoteObjects

            remote = RemoteObjects(settings.objects)
            self.objects, self.objects_endpoint = remote.store, remote.endpoint
            return remote
        self.objects = open_store(self._folder.objects)
        own = ObjectService(
            self._folder.objects,
            listener,
            keys,
            self._folder.object_secret(),
            settings.region,
            database,
            self._clock,
            self._failed,
            None if metrics is None else partial(metrics.measured, server="objects"),
            certificate,
            # A name is of no use for what only this machine reaches.
            "" if is_loopback(settings.host) else settings.agents_name.partition(",")[0],
            self._audit,
        )
        self._stack.callback(own.close)
        self.objects_endpoint = own.endpoint
        if settings.retention.archive:
            claim_archive(own.library.owners, settings.retention.archive)
        return own

    def _start_scheduler(
        self,
        database: Database,
        objects: ObjectService | RemoteObjects,
        keys: KeyRing,
        *,
        adopted: bool,
        observer: Observer | None,
    ) -> tuple[SchedulerLoop, Capabilities]:
        settings = self._settings
        publisher = Publisher()
        publisher.start()
        # After the scheduler, whose last notifications are sent if there is time.
        self._stack.callback(publisher.close)
        agents, ledger = self._take_agents(database, objects)
        executor = self._given_executor or self._make_executor(agents)
        # Whatever comes before it is open; what is open is closed by then.
        self._stack.callback(lambda: executor.close(stop_attempts=False))
        self._see_containers(executor)
        try:
            core = self._make_core(database, executor, objects, keys, publisher, observer)
            scheduler = SchedulerLoop(core, self._failed)
            ledger.bind(scheduler.call, scheduler.record)
            executor.open(scheduler.emit)
        except RuntimeError as error:
            raise StartError(f"programs cannot be run here: {error}") from error

        def close() -> None:
            # First nothing new is started; then the executor gives its last reports, which are
            # recorded before the thread ends.
            scheduler.hold()
            before = _running(core)
            executor.close(stop_attempts=settings.stop_instances)
            scheduler.close()
            _say_what_runs(before, _running(core), stopped=settings.stop_instances)

        self._stack.callback(close)
        if adopted:
            # Attempts that the database does not know are stopped: they would go on for ever.
            executor.stop(executor.kept_attempts() - core.in_flight())
        self._watch_disks(scheduler)
        core.recover()
        scheduler.start()
        if agents is not None:
            agents.start()
        return scheduler, core.capabilities

    def _see_containers(self, executor: Executor) -> None:
        """Refuse images that stand for container images where no containers can be run."""
        images = self._settings.images
        if not images or executor.probe().containers:
            return
        # To find that out, it has started its agent.
        executor.close(stop_attempts=False)
        raise StartError(
            f"image {min(images)} stands for a container image, and programs cannot "
            "be run in containers here: neither docker nor podman works for this user"
        )

    def _make_core(
        self,
        database: Database,
        executor: Executor,
        objects: ObjectService | RemoteObjects,
        keys: KeyRing,
        publisher: Publisher,
        observer: Observer | None,
    ) -> Core:
        """Return what decides about jobs; it does nothing yet.

        Raises:
            RuntimeError: Programs cannot be run here.
        """
        buckets = partial(granted_buckets, self.objects.folder)
        return Core(
            database,
            executor,
            self._clock,
            region=self._settings.region,
            images=self._settings.images,
            placement=self._placement,
            object_access=objects.access_for,
            object_scope=partial(keys.object_scope, buckets),
            limits=AccountLimits(keys.limits_of, objects.bytes_of, keys.refresh),
            weight=keys.weight,
            publish=publisher.publish,
            observer=observer,
            story=self._tell_story(database),
        )

    def _make_executor(self, agents: AgentsService | None) -> Executor:
        """Return what runs programs: this machine, agents, or both side by side."""
        if agents is not None and not (self._is_mixed or self._goes_on):
            return agents.executor
        settings = self._settings
        embedded = EmbeddedExecutor(
            self._folder.executor,
            self.objects,
            boot_seconds=settings.boot_seconds,
            slots=settings.slots or self._slots,
            isolation=settings.isolation,
            private=self._folder.path,
            open_files=settings.open_files,
            transfer_seconds=settings.transfer_timeout,
            memory_bytes=None if settings.memory_files is None else settings.memory_files << 20,
            caps=self._cap_rules(),
            secrets=self._secret_files(),
            cache=self._folder.input_cache,
            cache_bytes=None if settings.input_cache is None else settings.input_cache << 20,
            lasting=True,
            failed=self._failed,
        )
        if agents is None:
            return embedded
        return Router(embedded, agents.executor, agents.is_embedded)

    def _take_agents(
        self, database: Database, objects: ObjectService | RemoteObjects
    ) -> tuple[AgentsService | None, AgentLedger]:
        settings = self._settings
        ledger = AgentLedger(database)
        self.agents_endpoint = ""
        with_pools = has_pools(settings.config)
        if not self._with_agents:
            if settings.config is not None and with_pools:
                # What is wrong with them is said all the same.
                load_pools(settings.config, self._folder.agents / "pools")
            if (running := ledger.count_running()) and not settings.adopt_database:
                raise StartError(
                    f"programs of this service run on agents ({running} of them), and would run a "
                    "second time without: start it with --agents or the pools that it had, or let "
                    "--adopt-database run them again"
                )
            # Their VMs are this machine's from now on.
            ledger.clear()
            return None, ledger
        if settings.agents and with_pools:
            raise StartError(
                f"--agents {settings.agents} is one pool for all groups, and the configuration "
                "file has pools: leave one of the two out"
            )
        # Loaded when it is needed, as most services do without.
        from batchcompute.server.process import agents_service

        self._goes_on = not settings.adopt_database and ledger.count_without_agents() > 0
        if not (self._is_mixed or self._goes_on):
            # Attempts that nobody knows of any more would go on for ever.
            agents_service.end_own_programs(self._folder.executor)
        listener = agents_service.bind_agents(
            self._folder, settings.agents_host, settings.agents_port
        )
        self._stack.callback(listener.close)
        if settings.config is not None and with_pools:
            pools = load_pools(settings.config, self._folder.agents / "pools")
        elif settings.agents == "local":
            pools = agents_service.local_pools(self._folder.agents / "vms", settings.most_agents)
        else:
            pools = agents_service.external_pools(settings.most_agents)
        agents = agents_service.AgentsService(
            self._folder,
            listener,
            replace(pools, advertise=settings.agents_name),
            ledger,
            objects=objects if isinstance(objects, ObjectService) else self.objects.url,
            region=settings.region,
            lease_seconds=settings.lease_seconds,
            isolation=settings.isolation,
            input_cache=settings.input_cache,
            # The lock of a file ends with the process that has it, and not before.
            may_be_replaced=not database.is_sqlite,
            failed=self._failed,
        )
        # After the scheduler: agents are told to leave by this port.
        self._stack.callback(agents.close)
        self.agents_endpoint = agents.endpoint
        return agents, ledger

    def _watch_disks(self, scheduler: SchedulerLoop) -> None:
        settings = self._settings
        watch = DiskWatch(
            self._folder.on_disks(),
            scheduler.pause,
            reserve=settings.disk_reserve,
            warning=settings.disk_warning,
        )
        # Before the first program is started.
        watch.round()
        rounds = Rounds("looks at the disks", watch.round)
        rounds.start()
        self._stack.callback(rounds.close)

    def _keep_tidy(
        self, database: Database, scheduler: SchedulerLoop, metrics: MetricsService | None
    ) -> None:
        """Let old jobs and logs go, if anybody wants that."""
        rules = self._settings.retention
        if not rules.is_any:
            return
        retention = Retention(
            database,
            scheduler.call,
            self.objects,
            self._clock,
            rules,
            observer=None if metrics is None else metrics.instruments,
            pause=lambda seconds: rounds.pause(seconds),
        )
        rounds = Rounds("goes over the old jobs", retention.round)
        rounds.start()
        self._stack.callback(rounds.close)

    def _tell_story(self, database: Database) -> Callable[[Effects], None] | None:
        """Return what tells the log of jobs and attempts; None if nobody wants to know."""
        self._names.bind(database)
        self._stack.callback(self._names.bind, None)
        if not self._settings.log_events:
            return None
        events = EventLog(self._names)
        events.start()
        self._stack.callback(events.close)
        return events.take

    def _take_metrics(self) -> MetricsService | None:
        settings = self._settings
        self.metrics_endpoint = ""
        if settings.metrics_port is None:
            return None
        # It needs a package of an extra.
        from batchcompute.server.process.metrics_service import MetricsService

        metrics = MetricsService(settings.metrics_host, settings.metrics_port, self._failed)
        self._stack.callback(metrics.close)
        self.metrics_endpoint = metrics.endpoint
        return metrics

    def _take_console(self, certificate: Certificate | None) -> ConsoleService | None:
        settings = self._settings
        self.console_endpoint = ""
        if settings.console is None:
            return None
        # Loaded when it is needed, as it is little that most services use.
        from batchcompute.server.process.console_service import ConsoleService

        _warn_if_reachable(settings.console[0], encrypted=certificate is not None)
        console = ConsoleService(
            settings.console, settings.port, certificate=certificate, failed=self._failed
        )
        self._stack.callback(console.close)
        self.console_endpoint = console.endpoint
        return console

    def _start_console(
        self,
        console: ConsoleService,
        database: Database,
        scheduler: SchedulerLoop,
        capabilities: Capabilities,
        objects: ObjectService | RemoteObjects,
        keys: KeyRing,
    ) -> None:
        from batchcompute.server.console.context import Parts

        clock = self._clock
        parts = Parts(
            database=database,
            # One of its own, as it waits on another event loop.
            service=Service(
                database, scheduler, clock, catalogue=self._catalogue, audit=self._audit
            ),
            clock=clock,
            contract=load_contract(),
            objects=self.objects,
            library=objects.library if isinstance(objects, ObjectService) else None,
            take_room=objects.take_room,
            take_bucket=objects.take_bucket,
            capabilities=capabilities,
            situation=lambda: Situation(
                clock.now(),
                scheduler.slots,
                scheduler.holds,
                scheduler.paused,
                self._placement,
                scheduler.awaited,
                scheduler.is_mixed,
            ),
            trouble=scheduler.trouble,
            rates=console.rates.last_minute,
            data=self._folder.path,
            endpoint=self.endpoint,
            objects_endpoint=self.objects_endpoint,
            read_only=self._settings.console_read_only,
        )
        console.start(parts, self.access_key.secret.encode(), keys)
        # Its pages read the database, which is closed later.
        self._stack.callback(console.close)
        self._console = console

    def console_link(self) -> tuple[str, int]:
        """Return a URL that signs one browser in, and until when, in microseconds since the epoch.

        Raises:
            RuntimeError: There is no console.
        """
        if self._console is None:
            raise RuntimeError("this service has no console: console_port chooses one")
        return self._console.make_link()


def _running(core: Core) -> frozenset[str]:
    try:
        return core.running()
    except SQLAlchemyError as error:
        logger.warning("the database does not say what runs: %s", error.__cause__ or error)
        return frozenset()


def _say_what_runs(before: frozenset[str], after: frozenset[str], *, stopped: bool) -> None:
    """Log what becomes of the instances that ran when the service was asked to end."""
    if stopped and before - after:
        logger.info(
            "%s stopped, and will run again at the next start: %s", *_listed(before - after)
        )
    if stopped and after:
        logger.warning("%s could not be stopped in time: %s", *_listed(after))
    if not stopped and after:
        logger.info("%s left running, and will be adopted at the next start: %s", *_listed(after))


def _listed(attempts: frozenset[str]) -> tuple[str, str]:
    count = "1 instance was" if len(attempts) == 1 else f"{len(attempts)} instances were"
    shown = sorted(attempts)[:_MOST_LISTED]
    more = f" and {len(attempts) - len(shown)} more" if len(attempts) > len(shown) else ""
    return count, ", ".join(shown) + more


def _observer(metrics: MetricsService | None, console: ConsoleService | None) -> Observer | None:
    """Return who counts what the scheduler does; None if nobody does."""
    observers: list[Observer] = []
    if metrics is not None:
        observers.append(metrics.instruments)
    if console is not None:
        observers.append(console.rates)
    return Observers(observers) if observers else None


def _warn_if_reachable(host: str, *, encrypted: bool) -> None:
    if not is_loopback(host):
        logger.warning(
            "listening on %s: whoever reaches this address and has the access key "
            "runs commands as the user of this process%s",
            host,
            "" if encrypted else ", and nothing is encrypted",
        )
