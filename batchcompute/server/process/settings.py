"""The settings of a service, chosen by the person who starts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.housekeeping.rules import Rules
from batchcompute.server.model.resources import InstanceTypes
from batchcompute.server.process.config_file import ConfigFile

if TYPE_CHECKING:
    from batchcompute.server.executors.attempt.worlds.isolation import Isolation

DEFAULT_REGION = "cn-hangzhou"
#: In seconds.
DEFAULT_TRANSFER_TIMEOUT = 3600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one service.

    Attributes:
        data: Folder of everything that is remembered.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        objects_port: Port of the OSS object protocol; 0 takes a free one, None the one behind
            `port`, or a free one if that is taken.
        objects: URL of an OSS or S3 that holds the objects; "" is the data folder.
        tls: Files of the certificate and of its key, for the API and the objects; None for HTTP
            without TLS.
        console: Host and port of the console; port 0 takes a free one, None the second behind
            `port`, or a free one if that is taken. None serves no console.
        console_read_only: Nothing can be changed in the console.
        metrics_host: Address of the metrics.
        metrics_port: Port of the metrics; 0 takes a free one, None serves none.
        agents: Who starts the agents that run programs: "local" for more processes of this machine,
            "external" for others; "" runs programs without agents of their own.
        config: The configuration file, whose pools say where groups run; None for none.
        agents_port: Port that agents join; 0 takes a free one.
        agents_host: Address of that port.
        agents_name: Host name that agents are told to join; "" for that address.
        lease_seconds: How long an agent is waited for that is not heard.
        most_agents: VMs that run programs at once, at the most.
        access_key: The key that callers use; None makes one, kept in the data folder.
        boot_seconds: How long a new VM takes until it runs.
        slots: Programs to run at once at the most; None leaves it to the executor.
        enforce_resources: Programs have what the instance types of their VMs stand for, and no
            more; otherwise these are mere names.
        types: The instance types, and what VMs may take of this machine.
        transfer_timeout: Seconds that the files of one attempt may take to come, and to go; 0 for
            as long as they need.
        input_cache: MiB of inputs from another store that this machine, and the machine of each
            agent that is started from here, keeps for other programs; 0 for nothing, None for a
            tenth of the disk.
        memory_files: MiB that a program's files in memory may take in each place, where programs
            run in namespaces; None for a share of half of the machine's memory.
        open_files: The soft limit of open files that programs get; 0 for that of this process.
        region: Region id that programs are told.
        images: The container images that VM images stand for, by their ids.
        isolation: How programs are kept apart from each other.
        database: SQLAlchemy URL; "" is a file in the data folder.
        adopt_database: Take a data folder and a database that do not belong together.
        standby: Others may have taken turns with this server, from copies of its data folder.
        log_events: Log each request that changes something, and what becomes of jobs and attempts.
        retention: Which jobs and logs leave by themselves.
        disk_reserve: MiB that stay free on each disk of the service: with less, new programs wait;
            0 for none, None for a share of the disk.
        disk_warning: Free MiB of a disk below which the log warns; 0 for never, None for a share.
        stop_instances: Stop what runs when the service ends, instead of letting it go on.
        require_nonce: Refuse requests without a nonce, which can be replayed for 15 minutes.
        allow_network_folder: Take a data folder on a network file system, in spite of the danger.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8642
    objects_port: int | None = None
    objects: str = field(default="", repr=False)
    tls: tuple[Path, Path] | None = None
    console: tuple[str, int | None] | None = None
    console_read_only: bool = False
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    agents: Literal["", "local", "external"] = ""
    config: ConfigFile | None = None
    agents_port: int = 0
    agents_host: str = "127.0.0.1"
    agents_name: str = ""
    lease_seconds: float = 600.0
    most_agents: int = 1000
    access_key: AccessKey | None = field(default=None, repr=False)
    boot_seconds: float = 1.0
    slots: int | None = None
    enforce_resources: bool = False
    types: InstanceTypes = field(default_factory=InstanceTypes)
    transfer_timeout: float = DEFAULT_TRANSFER_TIMEOUT
    input_cache: int | None = None
    memory_files: int | None = None
    open_files: int = 0
    region: str = DEFAULT_REGION
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    isolation: Isolation = "auto"
    database: str = field(default="", repr=False)
    adopt_database: bool = False
    standby: bool = False
    log_events: bool = False
    retention: Rules = field(default_factory=Rules)
    disk_reserve: int | None = None
    disk_warning: int | None = None
    stop_instances: bool = False
    require_nonce: bool = False
    allow_network_folder: bool = False
