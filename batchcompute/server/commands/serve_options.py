"""The options of `serve`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from batchcompute.server.commands import option_types
from batchcompute.server.commands.agent_options import seconds
from batchcompute.server.process.settings import DEFAULT_REGION, DEFAULT_TRANSFER_TIMEOUT


def add_serve_options(serve: argparse.ArgumentParser) -> Any:
    """Add the options of `serve` to its parser; return the group of those of its data."""
    # Only the help is in groups; a configuration file has all options in one table.
    _add_listening(serve.add_argument_group("where it listens"))
    _add_callers(serve.add_argument_group("who may use it"))
    keeping = serve.add_argument_group("where data are kept")
    _add_keeping(keeping)
    _add_leaving(serve.add_argument_group("how long jobs are kept"))
    _add_running(serve.add_argument_group("how programs run"))
    _add_agents(
        serve.add_argument_group(
            "agents, which run programs in processes of their own or elsewhere"
        )
    )
    _add_logs(serve.add_argument_group("what it logs"))
    serve.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="read these options from the table [service] of a TOML file; the command line wins",
    )
    return keeping


def _add_listening(listening: Any) -> None:
    """Add where it listens."""
    listening.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    listening.add_argument(
        "--port",
        type=option_types.port,
        default=8642,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    listening.add_argument(
        "--objects-port",
        type=option_types.port,
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
        type=option_types.console,
        nargs="?",
        const=option_types.console("auto"),
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
        type=option_types.address,
        metavar="[HOST:]PORT",
        help="serve /metrics for Prometheus, /health and /ready; on this machine alone unless "
        "HOST is given (default: no metrics)",
    )


def _add_callers(callers: Any) -> None:
    """Add who may use it."""
    callers.add_argument(
        "--access-key",
        type=option_types.access_key,
        metavar="ID:SECRET",
        help="access key of the callers, which is then stored in the data folder (default: the "
        "stored one)",
    )
    callers.add_argument(
        "--require-nonce",
        action="store_true",
        help="refuse requests without a nonce; old libraries for Java and JavaScript send none",
    )


def _add_keeping(keeping: Any) -> None:
    """Add where data are kept."""
    keeping.add_argument(
        "--objects",
        default="",
        metavar="URL",
        help="keep objects in an OSS or S3: oss://?region=ID, s3://BUCKET/PREFIX and the like, "
        "see docs/objects.md (default: in the data folder)",
    )
    keeping.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="keep what is known in PostgreSQL: postgresql://USER:PASSWORD@HOST/NAME (default: "
        "SQLite in the data folder)",
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
    keeping.add_argument(
        "--disk-reserve",
        type=option_types.count,
        metavar="MIB",
        help="start no new programs while a disk of the service has less free space than this; "
        "0 turns it off (default: 256, or 2 %% of a disk below 12.5 GiB)",
    )
    keeping.add_argument(
        "--disk-warning",
        type=option_types.count,
        metavar="MIB",
        help="warn in the log while a disk of the service has less free space than this; 0 "
        "turns it off (default: 4096, or 10 %% of a disk below 40 GiB)",
    )
    keeping.add_argument(
        "--allow-network-folder",
        action="store_true",
        help="accept a data folder on NFS or the like, where the database may be damaged",
    )


def _add_leaving(leaving: Any) -> None:
    """Add how long jobs are kept."""
    leaving.add_argument(
        "--keep-job-days",
        type=option_types.days,
        metavar="DAYS",
        help="remove jobs so many days after their end (default: keep them)",
    )
    leaving.add_argument(
        "--keep-jobs",
        type=option_types.count,
        metavar="NUMBER",
        help="keep so many jobs that have ended, and remove the oldest ones beyond (default: "
        "keep all)",
    )
    leaving.add_argument(
        "--keep-log-days",
        type=option_types.days,
        metavar="DAYS",
        help="remove the stdout and stderr of instances, and the records of their earlier "
        "attempts, so many days after the end of their job (default: keep them as long as "
        "the job)",
    )
    leaving.add_argument(
        "--archive-jobs",
        type=option_types.folder_address,
        default="",
        metavar="OSS",
        help="write jobs as JSON lines below this oss:// address before they are removed "
        "(default: no archive)",
    )


def _add_running(running: Any) -> None:
    """Add how programs run."""
    running.add_argument(
        "--boot-seconds",
        type=seconds,
        default=1.0,
        metavar="SECONDS",
        help="how long a new VM takes to start (default: %(default)g)",
    )
    running.add_argument(
        "--slots",
        type=option_types.positive,
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
        type=option_types.positive,
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
        type=option_types.count,
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
        type=option_types.stand_in,
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
    running.add_argument(
        "--stop-instances",
        action="store_true",
        help="stop running programs when the service ends, instead of leaving them to its next "
        "start",
    )


def _add_agents(agents: Any) -> None:
    """Add who runs them in processes of their own, or elsewhere."""
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
        type=option_types.address,
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
        type=option_types.positive,
        default=1000,
        metavar="NUMBER",
        help="how many VMs there may be at the same time (default: %(default)s)",
    )


def _add_logs(logs: Any) -> None:
    """Add what it logs."""
    logs.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="the least severe messages that are logged (default: %(default)s)",
    )
    logs.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="form of the log: lines for people, or JSON lines, which also tell of each change, "
        "job and attempt with the id of the request that caused it (default: %(default)s)",
    )
