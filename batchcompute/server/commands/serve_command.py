"""The command `serve`: the service as a process of its own."""

from __future__ import annotations

import argparse
import logging
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from batchcompute.server.commands.printing import Answers, program, say
from batchcompute.server.housekeeping.rules import Rules
from batchcompute.server.model.errors import StartError, TakenError
from batchcompute.server.model.resources import InstanceTypes
from batchcompute.server.process import collector
from batchcompute.server.process.config_file import ConfigFile
from batchcompute.server.process.data_folder import DataFolder
from batchcompute.server.process.logs import set_up_log, tells_events
from batchcompute.server.process.settings import Settings
from batchcompute.server.process.shutdown import End
from batchcompute.server.story.requests import RequestNames

if TYPE_CHECKING:
    from batchcompute.server.process.service import Node

logger = logging.getLogger("batchcompute.server")


def run(
    options: argparse.Namespace, data: Path, config: ConfigFile | None, types: InstanceTypes
) -> int:
    """Serve until the process is told to end.

    Args:
        options: Those of the command.
        data: The data folder.
        config: The configuration file; None without one.
        types: Instance types, and what the machine has.

    Returns:
        0 after a good end, 1 after a fault.

    Raises:
        StartError: It cannot be started.
    """
    # The process is this service's alone.
    collector.look_less_often()
    names = RequestNames()
    set_up_log(options.log_format, options.log_level, names)
    # Before anything is begun, so that a signal during the start ends it in order as well.
    end = End()
    try:
        settings = _settings(options, data, config, types)
        return _serve(settings, end, names, as_text=options.log_format == "text")
    except StartError as error:
        if options.log_format == "text":
            raise
        logger.critical("%s", error)
        return 1
    finally:
        end.over()


def _serve(settings: Settings, end: End, names: RequestNames, *, as_text: bool) -> int:
    # After signals are waited for, as it is slow to load.
    from batchcompute.server.process.service import Node

    faults: list[str] = []

    def failed() -> None:
        faults.append("the service failed, see the log; start it again to go on")
        end.ask()

    # Nothing but JSON may be between lines of JSON.
    tell = say if as_text else logger.info
    node = _opened(lambda: Node(settings, failed=failed, names=names), settings, end)
    if node is None:
        return 0
    try:
        _tell_where(node, settings, tell, as_text=as_text)
        collector.pass_over_what_stays()
        Answers()(f"listening on {node.endpoint}")
        end.wait()
    finally:
        logger.info("stopping")
        node.close()
    for fault in faults:
        tell(f"error: {fault}")
    return 1 if faults else 0


def _opened(make: Callable[[], Node], settings: Settings, end: End) -> Node | None:
    """Return the service, once it is its turn; None if it is to end before that."""
    from batchcompute.server.process.standby import await_turn

    while True:
        if settings.standby and not await_turn(
            DataFolder(settings.data), settings.database, end.wait_for
        ):
            return None
        node = make()
        try:
            node.open()
            return node
        except TakenError:
            # Another one that stood by was faster.
            if not settings.standby:
                raise


def _tell_where(
    node: Node, settings: Settings, tell: Callable[[str], None], *, as_text: bool
) -> None:
    """Say where everything is that the service has and serves."""
    logger.info("data are kept in %s", settings.data.absolute())
    tell(
        f'to use this server: eval "$({program()} env --data '
        f'{shlex.quote(str(settings.data.absolute()))})"'
    )
    if not settings.objects:
        logger.info("objects are served to OSS clients on %s", node.objects_endpoint)
    if settings.console is not None and as_text:
        # Not for a log that others collect: whoever opens the link is signed in.
        say(
            "to look at this server in a browser, open this link, which works once: "
            f"{node.console_link()[0]}"
        )


def _settings(
    options: argparse.Namespace,
    data: Path,
    config: ConfigFile | None,
    types: InstanceTypes,
) -> Settings:
    from batchcompute.server.executors.attempt import limits

    # Connections and programs take some each; programs find the limit as it was.
    open_files = limits.soft_limit()
    limits.raise_limit()
    return Settings(
        data=data,
        host=options.host,
        port=options.port,
        objects_port=options.objects_port,
        objects=options.objects,
        tls=(options.tls_cert, options.tls_key) if options.tls_cert else None,
        console=options.console,
        console_read_only=options.console_read_only,
        metrics_host=options.metrics[0] if options.metrics else "127.0.0.1",
        metrics_port=options.metrics[1] if options.metrics else None,
        agents=options.agents,
        config=config,
        agents_port=options.agents_port[1],
        agents_host=options.agents_port[0],
        agents_name=options.agents_name,
        lease_seconds=options.lease_seconds,
        most_agents=options.most_agents,
        access_key=options.access_key,
        boot_seconds=options.boot_seconds,
        slots=options.slots,
        enforce_resources=options.resources == "enforce",
        types=types,
        transfer_timeout=options.transfer_timeout,
        input_cache=options.input_cache,
        memory_files=options.memory_files,
        open_files=open_files,
        region=options.region,
        images=dict(options.image),
        isolation=options.isolation,
        database=options.database,
        adopt_database=options.adopt_database,
        standby=options.standby,
        log_events=tells_events(options.log_format, options.log_level),
        retention=Rules(
            job_days=options.keep_job_days,
            jobs=options.keep_jobs,
            log_days=options.keep_log_days,
            archive=options.archive_jobs,
        ),
        disk_reserve=options.disk_reserve,
        disk_warning=options.disk_warning,
        stop_instances=options.stop_instances,
        require_nonce=options.require_nonce,
        allow_network_folder=options.allow_network_folder,
    )
