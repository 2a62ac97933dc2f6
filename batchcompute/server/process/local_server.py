"""The service inside a program, for tests and notebooks."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.model.vm_images import check_stand_ins
from batchcompute.server.objects import ObjectStore
from batchcompute.server.process.config_file import read_config
from batchcompute.server.process.pools_file import POOLS
from batchcompute.server.process.service import Node
from batchcompute.server.process.settings import (
    DEFAULT_REGION,
    DEFAULT_TRANSFER_TIMEOUT,
    Settings,
)
from batchcompute.server.process.types_file import MACHINE, TYPES, read_types


class LocalServer:
    """A BatchCompute service that runs while a `with` block does.

    It listens in a thread of this process and runs programs in processes of their own. Several
    can run at once, each with its own data.

        with LocalServer() as server:
            os.environ.update(server.environment())
    """

    def __init__(
        self,
        data: str | PathLike[str] | None = None,
        access_key: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        objects_port: int = 0,
        objects: str = "",
        tls: tuple[str | PathLike[str], str | PathLike[str]] | None = None,
        console_port: int | None = None,
        console_read_only: bool = False,
        metrics_port: int | None = None,
        boot_seconds: float = 1.0,
        slots: int | None = None,
        resources: Literal["ignore", "enforce"] = "ignore",
        transfer_timeout: float = DEFAULT_TRANSFER_TIMEOUT,
        input_cache: int | None = None,
        region: str = DEFAULT_REGION,
        images: Mapping[str, str] | None = None,
        isolation: Isolation = "auto",
        database: str = "",
        adopt_database: bool = False,
        agents: Literal["", "local", "external"] = "",
        pools: str | PathLike[str] | None = None,
        agents_port: int = 0,
        lease_seconds: float = 600.0,
        stop_instances: bool = True,
        require_nonce: bool = False,
        allow_network_folder: bool = False,
    ) -> None:
        """Describe the service; it starts with the block, or with `start`.

        Args:
            data: Folder of everything that is remembered; None for a temporary one, which is
                removed at the end.
            access_key: `ID:SECRET` for callers; None makes one, or takes the one in `data`.
            host: Address to listen on. The service runs commands for whoever has the key, so
                think twice before you choose one that others reach.
            port: Port to listen on; 0 takes a free one.
            objects_port: Port of the OSS object protocol; 0 takes a free one.
            objects: URL of an OSS or S3 that holds the objects, `oss://…` or `s3://…`; "" keeps
                them in `data`.
            tls: Files of a certificate and of its key, PEM, for the API and the objects; None for
                HTTP without TLS.
            console_port: Port of the console, on this machine alone; 0 takes a free one, None
                serves none.
            console_read_only: Nothing can be changed in the console.
            metrics_port: Port of the metrics, on this machine alone; 0 takes a free one, None
                serves none.
            boot_seconds: How long a new VM takes until it runs.
            slots: Programs to run at once at the most; None for one per processor, or for as many
                as fit.
            resources: "enforce" gives each program what the instance type of its VM stands for, and
                no more; with "ignore" an instance type is a mere name.
            transfer_timeout: Seconds that the files of one instance may take to come, and to go; 0
                for as long as they need.
            input_cache: MiB of inputs from another store that this machine keeps for other programs
                in `data`; 0 for nothing, None for a tenth of the disk.
            region: Region id that programs are told.
            images: Container images that programs of VM images run in, by the ids of these; the
                others run on the system of this machine.
            isolation: "auto", or which kind to insist on: "namespace" or "process-group".
            database: SQLAlchemy URL; "" is a file in the data folder.
            adopt_database: Take a `data` and a `database` that do not belong together: what may
                still run elsewhere runs again.
            agents: Run programs by agents, one for each VM: "local" starts them as processes of
                this machine, "external" waits for those that others start; "" does without.
            pools: TOML file whose tables `[pools.NAME]`, `[types.NAME]` and `[machine]` say which
                groups run by which agents, and what VMs take; None for none.
            agents_port: Port that agents join, by TLS; 0 takes a free one.
            lease_seconds: How long an agent is waited for that is not heard.
            stop_instances: Stop what runs at the end; False lets it go on, to be taken over by
                the next service on the same data.
            require_nonce: Refuse requests without a nonce, which old libraries for Java and
                JavaScript send, and which can be replayed for 15 minutes.
            allow_network_folder: Take `data` on a network file system, in spite of the danger.

        Raises:
            ValueError: The access key or an image has another form.
        """
        self._data = None if data is None else Path(data)
        self._access_key = None if access_key is None else AccessKey.parse(access_key)
        self._host = host
        self._port = port
        self._objects_port = objects_port
        self._objects = objects
        self._tls = None if tls is None else (Path(tls[0]), Path(tls[1]))
        self._console = None if console_port is None else ("127.0.0.1", console_port)
        self._console_read_only = console_read_only
        self._metrics_port = metrics_port
        self._boot_seconds = boot_seconds
        self._slots = slots
        self._enforce_resources = resources == "enforce"
        self._transfer_timeout = transfer_timeout
        self._input_cache = input_cache
        self._region = region
        self._images = dict(images or {})
        check_stand_ins(self._images)
        self._isolation: Isolation = isolation
        self._database = database
        self._adopt_database = adopt_database
        self._agents: Literal["", "local", "external"] = agents
        self._pools = None if pools is None else Path(pools)
        self._agents_port = agents_port
        self._lease_seconds = lease_seconds
        self._stop_instances = stop_instances
        self._require_nonce = require_nonce
        self._allow_network_folder = allow_network_folder
        self._stack = ExitStack()
        self._node: Node | None = None

    def __enter__(self) -> Self:
        """Start the service, and return it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the service."""
        self.stop()

    def __repr__(self) -> str:
        """Say where it listens."""
        where = self._node.endpoint if self._node is not None else "not running"
        return f"<LocalServer {where}>"

    def start(self) -> None:
        """Start the service; it answers when this returns.

        Raises:
            StartError: It cannot start, for the reason given.
            RuntimeError: It runs already.
        """
        if self._node is not None:
            raise RuntimeError("the server is running already")
        with ExitStack() as stack:
            data = self._data
            if data is None:
                temporary = tempfile.TemporaryDirectory(
                    prefix="batchcompute-", ignore_cleanup_errors=True
                )
                data = Path(stack.enter_context(temporary))
            config = (
                None if self._pools is None else read_config(self._pools, (POOLS, TYPES, MACHINE))
            )
            node = Node(
                Settings(
                    data=data,
                    host=self._host,
                    port=self._port,
                    objects_port=(self._objects_port or None)
                    if self._objects
                    else self._objects_port,
                    objects=self._objects,
                    tls=self._tls,
                    console=self._console,
                    console_read_only=self._console_read_only,
                    metrics_port=self._metrics_port,
                    access_key=self._access_key,
                    boot_seconds=self._boot_seconds,
                    slots=self._slots,
                    enforce_resources=self._enforce_resources,
                    transfer_timeout=self._transfer_timeout,
                    input_cache=self._input_cache,
                    region=self._region,
                    images=self._images,
                    isolation=self._isolation,
                    database=self._database,
                    adopt_database=self._adopt_database,
                    agents=self._agents,
                    config=config,
                    types=read_types(config),
                    agents_port=self._agents_port,
                    lease_seconds=self._lease_seconds,
                    stop_instances=self._stop_instances or self._data is None,
                    require_nonce=self._require_nonce,
                    allow_network_folder=self._allow_network_folder,
                )
            )
            node.open()
            stack.callback(node.close)
            self._node = node
            self._stack = stack.pop_all()

    def stop(self) -> None:
        """Stop the service; does nothing if it is not running."""
        self._node = None
        self._stack.close()

    @property
    def endpoint(self) -> str:
        """URL to give to a client."""
        return self._running.endpoint

    @property
    def objects_endpoint(self) -> str:
        """URL to give to a client of OSS."""
        return self._running.objects_endpoint

    @property
    def metrics_endpoint(self) -> str:
        """URL of the metrics and of the health; "" if there are none."""
        return self._running.metrics_endpoint

    @property
    def console_endpoint(self) -> str:
        """URL of the console; "" if there is none."""
        return self._running.console_endpoint

    def console_link(self) -> str:
        """Return a link that opens the console in one browser, within ten minutes.

        Raises:
            RuntimeError: There is no console.
        """
        return self._running.console_link()[0]

    @property
    def agents_endpoint(self) -> str:
        """URL that agents join; "" if there are none."""
        return self._running.agents_endpoint

    @property
    def access_key_id(self) -> str:
        """Id of the access key."""
        return self._running.access_key.key_id

    @property
    def access_key_secret(self) -> str:
        """Secret of the access key."""
        return self._running.access_key.secret

    @property
    def objects(self) -> ObjectStore:
        """The objects that programs read and write by `oss` addresses."""
        return self._running.objects

    def read_object(self, address: str) -> bytes:
        """Return the content of an object.

        Args:
            address: `oss://bucket/key`.

        Raises:
            ObjectNotFoundError: There is none.
        """
        return self.objects.read_range(address)

    def write_object(self, address: str, content: bytes | str) -> None:
        """Write an object.

        Args:
            address: `oss://bucket/key`.
            content: Its bytes, or text that is written in UTF-8.
        """
        data = content.encode() if isinstance(content, str) else content
        self.objects.put_bytes(data, address)

    def write_file(self, address: str, source: str | PathLike[str]) -> None:
        """Write an object from a local file.

        Args:
            address: `oss://bucket/key`.
            source: The file.
        """
        self.objects.put_file(Path(source), address)

    def list_objects(self, prefix: str) -> list[str]:
        """Return the addresses of all objects that start with a text.

        Args:
            prefix: `oss://bucket/`, with the beginning of keys if not all are wanted.
        """
        return [found.address for found in self.objects.list_prefix(prefix)]

    def environment(self) -> dict[str, str]:
        """Return the environment variables that make clients use this service."""
        return self._running.environment()

    @property
    def _running(self) -> Node:
        if self._node is None:
            raise RuntimeError("the server is not running")
        return self._node
