"""The options of an agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.objects.cache.counts import FOLDER_NAME

#: How `objects` says that the port of agents is to be asked for them, also where the service's
#: folder can be seen.
BY_PORT = "service"


@dataclass(frozen=True, slots=True)
class AgentOptions:
    """The options of an agent.

    Attributes:
        url: The port of agents; several with commas in between, of servers that take turns.
        data_dir: A folder of its own, on a local file system.
        token: Of its pool, or of its VM.
        trusted: Certificates (PEM) that the server's is signed with; "" for the system's.
        vm: The VM that it was started for; "" if it comes by itself.
        objects: Where it finds the objects; "" for where the server says, or `BY_PORT`.
        private: A folder above its own that programs in namespaces shall not see; None for its own.
        isolation: How programs are kept apart.
        walltime_seconds: How long its machine is there; None for as long as it is wanted.
        cache: Folder for a cache of objects that lie elsewhere, which agents of one user may share.
        cache_bytes: What it holds at the most; 0 for no cache, None for a tenth of its disk.
        secrets: Files to hide from programs in namespaces, such as the one with its token.
    """

    url: str
    data_dir: Path
    token: str = field(repr=False)
    trusted: str = ""
    vm: str = ""
    objects: str = ""
    private: Path | None = None
    isolation: Isolation = "auto"
    walltime_seconds: float | None = None
    cache: Path | None = None
    cache_bytes: int | None = None
    secrets: tuple[Path, ...] = ()

    @property
    def cache_folder(self) -> Path:
        """Where the cache is: if nobody says so, with those of other agents of this service."""
        if self.cache is not None:
            return self.cache.absolute()
        own, around = self.data_dir.absolute(), self.private
        return (around if around is not None and around in own.parents else own) / FOLDER_NAME
