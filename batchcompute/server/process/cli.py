"""The command line of the service."""

from __future__ import annotations

import argparse
import difflib
import logging
import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.housekeeping.rules import Rules
from batchcompute.server.model.clock import SystemClock
from batchcompute.server.model.errors import StartError, TakenError
from batchcompute.server.model.resources import InstanceTypes
from batchcompute.server.model.vm_images import parse_stand_in
from batchcompute.server.objects.address import OssAddress
from batchcompute.server.objects.errors import InvalidAddressError
from batchcompute.server.process import collector, keys_command
from batchcompute.server.process.agent_options import add_agent_options, seconds
from batchcompute.server.process.config_file import (
    SERVICE,
    ConfigFile,
    option_values,
    read_config,
    shown,
)
from batchcompute.server.process.data_folder import DataFolder, default_data_folder
from batchcompute.server.process.logs import set_up_log, tells_events
from batchcompute.server.process.pools_file import POOLS, check_pools, has_pools, load_pools
from batchcompute.server.process.printing import READER_HAS_GONE, Answers, program, say
from batchcompute.server.process.settings import (
    DEFAULT_REGION,
    DEFAULT_TRANSFER_TIMEOUT,
    Settings,
)
from batchcompute.server.process.shutdown import End
from batchcompute.server.process.types_file import MACHINE, TYPES, read_types
from batchcompute.server.story.requests import RequestNames

logger = logging.getLogger("batchcompute.server")

#: The tables of a configuration file that somebody reads.
_TABLES = (SERVICE, POOLS, TYPES, MACHINE)


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line.

    Args:
        arguments: What stands behind the program's name.

    Returns:
        0 after a good end, 1 if the service cannot do what was asked, 141 if nobody has read what
        it printed.
    """
    answers = Answers()
    code = _run(arguments, answers)
    return READER_HAS_GONE if answers.are_lost and code == 0 else code


def _run(arguments: Sequence[str], answers: Answers) -> int:
    parser, serve = _parsers()
    options = parser.parse_args(arguments)
    try:
        config = None if options.config is None else read_config(options.config, _TABLES)
        if config is not None:
            serve.set_defaults(**option_values(config, serve))
            # Once more, so that the command line is on top.
            options = parser.parse_args(arguments)
        types = read_types(config)
        if options.command == "config":
            return _show_config(options, serve, config, answers)
        if options.command == "pools":
            return _check_pools(options, config)
        data = options.data or default_data_folder(os.environ)
        if options.command == "env":
            return _environment(data, answers)
        if options.command == "agent":
            from batchcompute.server.process.agent_process import run_agent

            return run_agent(options)
        if options.command == "certificates":
            return _certificates(options, data)
        if options.command == "keys":
            return keys_command.run(options, DataFolder(data), answers, say)
        if options.command in ("backup", "restore"):
            return _copy(options, data)
        if (options.tls_cert is None) != (options.tls_key is None):
            raise StartError("--tls-cert and --tls-key belong together: give both, or neither")
        if options.archive_jobs and (options.keep_job_days, options.keep_jobs) == (None, None):
            raise StartError(
                "--archive-jobs is for jobs that leave: say which ones with --keep-job-days or "
                "--keep-jobs"
            )
        return _serve(options, data, config, types)
    except StartError as error:
        say(f"error: {error}")
        return 1


def serve_options() -> Iterator[tuple[str, str]]:
    """Yield the options of `serve` with what their help says."""
    _, serve = _parsers()
    return _described(serve)


def command_options() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield the other commands: name, purpose, and their arguments with what their help says."""
    parser, serve = _parsers()
    waiting: list[tuple[str, str, argparse.ArgumentParser]] = [("", "", parser)]
    while waiting:
        name, purpose, found = waiting.pop(0)
        # Sub-commands are the choices of an argument, which are parsers.
        nested: list[Any] = [each for each in found._actions if isinstance(each.choices, dict)]
        for action in nested:
            purposes = {each.dest: each.help or "" for each in action._choices_actions}
            waiting += [
                (f"{name} {word}".strip(), purposes.get(word, ""), each)
                for word, each in action.choices.items()
            ]
        if not nested and found is not serve:
            yield name, purpose, list(_described(found))


def _described(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if action.dest == "help" or action.help == argparse.SUPPRESS:
            continue
        value = str(action.metavar or action.dest.upper().replace("_", "-"))
        if action.choices is not None:
            value = "|".join(str(choice) for choice in action.choices if choice)
        if action.option_strings:
            value = action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")
        # The home folder is that of whoever asks.
        words = (action.help or "") % {"default": action.default}
        yield value, words.replace(str(Path.home()), "~")


def _serve(
    options: argparse.Namespace, data: Path, config: ConfigFile | None, types: InstanceTypes
) -> int:
    # The process is this service's alone.
    collector.look_less_often()
    names = RequestNames()
    set_up_log(options.log_format, options.log_level, names)
    # Before anything is begun, so that a signal during the start ends it in order as well.
    end = End()
    try:
        return _serve_until(end, options, data, config, types, names)
    except StartError as error:
        if options.log_format == "text":
            raise
        logger.critical("%s", error)
        return 1
    finally:
        end.over()


def _serve_until(
    end: End,
    options: argparse.Namespace,
    data: Path,
    config: ConfigFile | None,
    types: InstanceTypes,
    names: RequestNames,
) -> int:
    # Not needed for anything else, and slow to load.
    from batchcompute.server.executors.attempt import limits
    from batchcompute.server.process.service import Node
    from batchcompute.server.process.standby import await_turn

    # Connections and programs take some each; programs find the limit as it was.
    open_files = limits.soft_limit()
    limits.raise_limit()
    settings = Settings(
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
    faults: list[str] = []

    def failed() -> None:
        faults.append("the service failed, see the log; start it again to go on")
        end.ask()

    # Nothing but JSON may be between lines of JSON.
    tell = say if options.log_format == "text" else logger.info
    while True:
        if settings.standby and not await_turn(DataFolder(data), settings.database, end.wait_for):
            return 0
        node = Node(settings, failed=failed, names=names)
        try:
            node.open()
            break
        except TakenError:
            # Another one that stood by was faster.
            if not settings.standby:
                raise
    try:
        logger.info("data are kept in %s", data.absolute())
        tell(
            f'to use this server: eval "$({program()} env --data '
            f'{shlex.quote(str(data.absolute()))})"'
        )
        if not settings.objects:
            logger.info("objects are served to OSS clients on %s", node.objects_endpoint)
        if settings.console is not None and options.log_format == "text":
            # Not for a log that others collect: whoever opens the link is signed in.
            say(
                "to look at this server in a browser, open this link, which works once: "
                f"{node.console_link()[0]}"
            )
        collector.pass_over_what_stays()
        Answers()(f"listening on {node.endpoint}")
        end.wait()
    finally:
        logger.info("stopping")
        node.close()
    for fault in faults:
        tell(f"error: {fault}")
    return 1 if faults else 0


def _certificates(options: argparse.Namespace, data: Path) -> int:
    from batchcompute.server.process.certificates import AUTHORITY, make_certificates

    folder = DataFolder(data).agents
    make_certificates(folder, options.name)
    say(f"agents are to trust {folder / AUTHORITY}")
    return 0


def _environment(data: Path, answers: Answers) -> int:
    folder = DataFolder(data)
    where = folder.announced()
    key = folder.stored_key()
    if where is None or key is None:
        raise StartError(
            f"no server is running on the data folder {folder.path}; "
            f"start one: {program()} serve --data {shlex.quote(str(data))}"
        )
    for name, value in where.environment(key).items():
        answers(f"export {name}={shlex.quote(value)}")
    return 0


def _copy(options: argparse.Namespace, data: Path) -> int:
    # Not needed for anything else, and slow to load.
    from batchcompute.server.process.backup import back_up, restore

    folder = DataFolder(data)
    if options.command == "backup":
        back_up(
            folder,
            options.copy,
            database=options.database,
            objects=not options.without_objects,
            say=say,
        )
    else:
        now = SystemClock().now()
        restore(options.copy, folder, database=options.database, now=now, say=say)
    return 0


def _show_config(
    options: argparse.Namespace,
    serve: argparse.ArgumentParser,
    config: ConfigFile | None,
    answers: Answers,
) -> int:
    if options.action == "check":
        if config is not None and has_pools(config):
            load_pools(config, Path())
        say(f"{options.config} is in order")
        return 0
    for line in shown(serve, config):
        answers(line)
    return 0


def _check_pools(options: argparse.Namespace, config: ConfigFile | None) -> int:
    assert config is not None
    with tempfile.TemporaryDirectory() as folder:
        return 0 if check_pools(config, Path(folder), say, options.pool) else 1


class _Parser(argparse.ArgumentParser):
    """Complains in one sentence, like every other error of this program."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse unknown words here, where it is known to which command they were given.

        Args:
            args: The words.
            namespace: Where their values go.
        """
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            word = unknown[0].partition("=")[0]
            known = self._option_string_actions if word.startswith("-") else ()
            near = difflib.get_close_matches(word, known, 1)
            if near:
                say(f"error: there is no option {word}; did you mean {near[0]}?")
                raise SystemExit(2)
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        say(f"error: {message}; see {self.prog} --help")
        raise SystemExit(2)


def _parsers() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Return the parser of the whole command line, and the one of `serve`."""
    parser = _Parser(prog=program(), description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser(
        "serve",
        help="run the service until SIGTERM, SIGINT or SIGHUP",
        description="Run the service until Ctrl-C (or SIGTERM or SIGHUP).",
        usage=f"{program()} serve [OPTIONS]",
    )
    # Only the help is in groups; a configuration file has all options in one table.
    listening = serve.add_argument_group("where it listens")
    callers = serve.add_argument_group("who may use it")
    keeping = serve.add_argument_group("where data are kept")
    leaving = serve.add_argument_group("how long jobs are kept")
    running = serve.add_argument_group("how programs run")
    agents = serve.add_argument_group(
        "agents, which run programs in processes of their own or elsewhere"
    )
    logs = serve.add_argument_group("what it logs")
    listening.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    listening.add_argument(
        "--port",
        type=_port,
        default=8642,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    listening.add_argument(
        "--objects-port",
        type=_port,
        metavar="PORT",
        help="port of the OSS protocol, by which clients reach objects (default: the one after "
        "--port, if free)",
    )
    listening.add_argument(
        "--tls-cert",
        type=Path,
        metavar="FILE",
        help="certificate chain in PEM: the API and the objects are then served by https; the "
        "file is read again when it has changed (default: plain http)",
    )
    listening.add_argument(
        "--tls-key", type=Path, metavar="FILE", help="private key of --tls-cert, in PEM"
    )
    listening.add_argument(
        "--console",
        type=_console,
        nargs="?",
        const=_console("auto"),
        metavar="[HOST:]PORT",
        help="serve the web console; on this machine alone unless HOST is given, on the second "
        "port after --port unless PORT is (default: no console)",
    )
    listening.add_argument(
        "--console-read-only",
        action="store_true",
        help="show everything in the console, and let nobody change anything there",
    )
    listening.add_argument(
        "--metrics",
        type=_address,
        metavar="[HOST:]PORT",
        help="serve /metrics for Prometheus, /health and /ready; on this machine alone unless "
        "HOST is given (default: no metrics)",
    )
    keeping.add_argument(
        "--objects",
        default="",
        metavar="URL",
        help="keep objects in an OSS or S3: oss://?region=ID, s3://BUCKET/PREFIX and the like, "
        "see docs/objects.md (default: in the data folder)",
    )
    agents.add_argument(
        "--agents",
        choices=("", "local", "external"),
        default="",
        metavar="{local,external}",
        help="run programs by agents, one for each VM: local starts them as processes of this "
        "machine, external waits for those that others start (default: run them without)",
    )
    agents.add_argument(
        "--agents-port",
        type=_address,
        default="0",
        metavar="[HOST:]PORT",
        help="where agents connect, by TLS; on this machine alone unless HOST is given "
        "(default: a free port)",
    )
    agents.add_argument(
        "--agents-name",
        default="",
        metavar="HOST",
        help="host name by which agents reach this machine (default: the address of "
        "--agents-port); HOST,HOST if other servers stand by",
    )
    agents.add_argument(
        "--lease-seconds",
        type=seconds,
        default=600.0,
        metavar="SECONDS",
        help="how long to wait for an agent that is silent, before its VM counts as lost "
        "(default: %(default)g)",
    )
    agents.add_argument(
        "--most-agents",
        type=_positive,
        default=1000,
        metavar="NUMBER",
        help="how many VMs there may be at the same time (default: %(default)s)",
    )
    callers.add_argument(
        "--access-key",
        type=_access_key,
        metavar="ID:SECRET",
        help="access key of the callers, which is then stored in the data folder (default: the "
        "stored one)",
    )
    running.add_argument(
        "--boot-seconds",
        type=seconds,
        default=1.0,
        metavar="SECONDS",
        help="how long a new VM takes to start (default: %(default)g)",
    )
    running.add_argument(
        "--slots",
        type=_positive,
        metavar="NUMBER",
        help="how many programs run at the same time (default: one per processor, or as many "
        "as fit with --resources enforce)",
    )
    running.add_argument(
        "--resources",
        choices=("ignore", "enforce"),
        default="ignore",
        help="give each program what the instance type of its VM stands for, and no more; see "
        "docs/resources.md (default: %(default)s)",
    )
    running.add_argument(
        "--memory-files",
        type=_positive,
        metavar="MIB",
        help="how much a program may write to each place that is kept in memory, such as /home "
        "and /dev/shm, with bubblewrap (default: half of the machine's memory, divided by "
        "--slots)",
    )
    running.add_argument(
        "--transfer-timeout",
        type=seconds,
        default=DEFAULT_TRANSFER_TIMEOUT,
        metavar="SECONDS",
        help="how long the inputs of an instance may take to arrive, and its outputs to be "
        "uploaded; 0 for no limit (default: %(default)g)",
    )
    running.add_argument(
        "--input-cache",
        type=_count,
        metavar="MIB",
        help="how much each machine keeps of inputs from --objects, so that other programs "
        "find them; 0 turns it off (default: a tenth of the disk)",
    )
    running.add_argument(
        "--region",
        default=DEFAULT_REGION,
        help="region id that programs are told (default: %(default)s)",
    )
    running.add_argument(
        "--image",
        type=_stand_in,
        action="append",
        default=[],
        metavar="ID=CONTAINER",
        help="run programs of this VM image in a container image; may be repeated (default: "
        "all run on the system of this machine)",
    )
    running.add_argument(
        "--isolation",
        choices=("auto", "namespace", "process-group"),
        default="auto",
        help="how programs are kept apart (default: %(default)s)",
    )
    keeping.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="postgresql://USER:PASSWORD@HOST/NAME (default: SQLite in the data folder)",
    )
    keeping.add_argument(
        "--adopt-database",
        action="store_true",
        help="take a data folder and a database that do not belong together; what may still run "
        "elsewhere runs again",
    )
    keeping.add_argument(
        "--standby",
        action="store_true",
        help="wait while another server uses the database or the data folder, then take over "
        "from it",
    )
    logs.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="the least severe messages that are logged (default: %(default)s)",
    )
    leaving.add_argument(
        "--keep-job-days",
        type=_days,
        metavar="DAYS",
        help="remove jobs so many days after their end (default: keep them)",
    )
    leaving.add_argument(
        "--keep-jobs",
        type=_count,
        metavar="NUMBER",
        help="keep so many jobs that have ended, and remove the oldest ones beyond (default: "
        "keep all)",
    )
    leaving.add_argument(
        "--keep-log-days",
        type=_days,
        metavar="DAYS",
        help="remove the stdout and stderr of instances, and the records of their earlier "
        "attempts, so many days after the end of their job (default: keep them as long as "
        "the job)",
    )
    leaving.add_argument(
        "--archive-jobs",
        type=_folder_address,
        default="",
        metavar="OSS",
        help="write jobs as JSON lines below this oss:// address before they are removed "
        "(default: no archive)",
    )
    keeping.add_argument(
        "--disk-reserve",
        type=_count,
        metavar="MIB",
        help="start no new programs while a disk of the service has less free space than this; "
        "0 turns it off (default: 256, or 2 %% of a disk below 12.5 GiB)",
    )
    keeping.add_argument(
        "--disk-warning",
        type=_count,
        metavar="MIB",
        help="warn in the log while a disk of the service has less free space than this; 0 "
        "turns it off (default: 4096, or 10 %% of a disk below 40 GiB)",
    )
    logs.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="form of the log: lines for people, or JSON lines, which also tell of each change, "
        "job and attempt with the id of the request that caused it (default: %(default)s)",
    )
    running.add_argument(
        "--stop-instances",
        action="store_true",
        help="stop running programs when the service ends, instead of leaving them to its next "
        "start",
    )
    callers.add_argument(
        "--require-nonce",
        action="store_true",
        help="refuse requests without a nonce; old libraries for Java and JavaScript send none",
    )
    keeping.add_argument(
        "--allow-network-folder",
        action="store_true",
        help="accept a data folder on NFS or the like, where the database may be damaged",
    )
    serve.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="read these options from the table [service] of a TOML file; the command line wins",
    )
    checks = commands.add_parser("config", help="check a configuration file, or show what holds")
    actions = checks.add_subparsers(dest="action", required=True)
    check = actions.add_parser("check", help="say whether the service would take a file")
    check.add_argument("config", type=Path, metavar="FILE")
    show = actions.add_parser("show", help="print all options as they hold, and where from")
    show.add_argument("config", type=Path, metavar="FILE", nargs="?")
    pools = commands.add_parser("pools", help="try whether engines would take agents")
    of_pools = pools.add_subparsers(dest="action", required=True)
    tried = of_pools.add_parser(
        "check", help="make a dry run with the engine of each pool, and start nothing"
    )
    tried.add_argument("config", type=Path, metavar="FILE", help="a configuration file")
    tried.add_argument("pool", nargs="*", metavar="POOL", help="its pools (default: all)")
    env = commands.add_parser("env", help="print what to set in a shell to use the service")
    backup = commands.add_parser("backup", help="copy all data, also while the service runs")
    backup.add_argument("copy", type=Path, metavar="FOLDER", help="a new folder for the copy")
    backup.add_argument(
        "--without-objects", action="store_true", help="leave the objects out, which may be large"
    )
    restored = commands.add_parser("restore", help="make a new data folder from a copy")
    restored.add_argument("copy", type=Path, metavar="FOLDER", help="what `backup` has made")
    for command in (backup, restored):
        command.add_argument(
            "--database", default="", metavar="URL", help="as that of serve (default: SQLite)"
        )
    agent = commands.add_parser("agent", help="run programs for a service on another machine")
    add_agent_options(agent)
    certificates = commands.add_parser(
        "certificates", help="make a certificate for the port that agents join"
    )
    certificates.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="host name or address of this machine for others; may be repeated",
    )
    keys = keys_command.add_parser(commands)
    others: tuple[argparse.ArgumentParser, ...] = (env, backup, restored, certificates, *keys)
    for each in (keeping, *others):
        each.add_argument(
            "--data",
            type=Path,
            metavar="FOLDER",
            help=f"data folder (default: {default_data_folder(os.environ)})",
        )
    for each in (*others, agent):
        each.set_defaults(config=None)
    agent.set_defaults(data=None)
    return parser, serve


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("must be a port, from 0 to 65535")
    return int(text)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", _port(port)


def _console(text: str) -> tuple[str, int | None]:
    return ("127.0.0.1", None) if text == "auto" else _address(text)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number of 1 or more")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError("must be a whole number of 0 or more")
    return int(text)


def _days(text: str) -> float:
    try:
        return seconds(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError("must be a number of days, 0 or more") from None


def _folder_address(text: str) -> str:
    if not text:
        return ""
    address = text if text.endswith("/") else f"{text}/"
    try:
        OssAddress.parse(address)
    except InvalidAddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return address


def _access_key(text: str) -> AccessKey:
    try:
        return AccessKey.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _stand_in(text: str) -> tuple[str, str]:
    try:
        return parse_stand_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
