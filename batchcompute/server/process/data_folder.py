"""The folder in which a service keeps everything.

It belongs to one user and to one running server. The credentials in it are readable by nobody
else, and neither is anything below it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.accounts.register import RegisterFile
from batchcompute.server.model.environment import ObjectAccess
from batchcompute.server.model.errors import StartError, TakenError
from batchcompute.server.model.file_lock import FileLock, LockedError
from batchcompute.server.model.private_files import write_private
from batchcompute.server.objects.cache.counts import FOLDER_NAME
from batchcompute.server.objects.remote.location import Location
from batchcompute.server.store.network_folder import network_kind

logger = logging.getLogger("batchcompute.server")

DATABASE_NAME = "service.db"

#: Bytes without which a service is not started: it could not even note what it is asked.
LEAST_FREE = 1024 * 1024


def default_data_folder(environment: Mapping[str, str]) -> Path:
    """Return where data are kept if no option says: `BATCHCOMPUTE_DATA`, or a folder of the user.

    Args:
        environment: The environment.
    """
    if named := environment.get("BATCHCOMPUTE_DATA"):
        return Path(named)
    state = environment.get("XDG_STATE_HOME")
    base = Path(state) if state and Path(state).is_absolute() else Path.home() / ".local/state"
    return base / "batchcompute"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where a running server listens.

    Attributes:
        endpoint: URL of the API.
        objects: URL of the object protocol.
        region: Region id that programs are told.
        store: URL of the OSS or S3 that holds the objects; "" if the server does.
    """

    endpoint: str
    objects: str
    region: str
    store: str = ""

    def environment(self, key: AccessKey) -> dict[str, str]:
        """Return the environment variables that make clients use this server.

        Args:
            key: The key of the callers.
        """
        if self.store:
            # Its key is the caller's own.
            place = Location.parse(self.store, {})
            objects = ObjectAccess(place.endpoint, place.region, kind=place.kind)
        else:
            objects = ObjectAccess(self.objects, self.region, key.key_id, key.secret)
        return {**key.environment(self.endpoint), **objects.variables()}


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a data folder, which tells it from all others and from its copies.

    Attributes:
        folder: Random, made at the first start.
        starts: How often a service was started on it.
        begun: The start that was begun last; one more than `starts` if that was broken off before
            it was known whether the database has it.
    """

    folder: str
    starts: int
    begun: int


class DataFolder:
    """Paths and small files of a data folder."""

    def __init__(self, path: Path) -> None:
        """Name the folder; it is not touched."""
        self._given = path.absolute()
        # Without the links on the way: programs in namespaces are shown and hidden folders by their
        # paths, and nothing can be mounted on a link.
        self.path = Path(os.path.realpath(path))
        self._lock = FileLock(self.path / "lock")

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the database in this folder."""
        return f"sqlite:///{self.path / DATABASE_NAME}"

    @property
    def objects(self) -> Path:
        """Folder of the objects."""
        return self.path / "objects"

    @property
    def executor(self) -> Path:
        """Folder of the executor."""
        return self.path / "executor"

    @property
    def input_cache(self) -> Path:
        """Folder of inputs that were fetched from another store, which can be fetched again."""
        return self.path / FOLDER_NAME

    def on_disks(self) -> list[Path]:
        """Return the data folder, and those in it that lie on other disks, as links and mounts do.

        Each disk has one folder in the list.
        """
        found: dict[int, Path] = {}
        for folder in (self.path, self.objects, self.executor):
            with contextlib.suppress(OSError):
                found.setdefault(folder.stat().st_dev, folder)
        return list(found.values())

    @property
    def agents(self) -> Path:
        """Folder of the certificates and tokens of agents, and of those on this machine."""
        return self.path / "agents"

    @property
    def _endpoint(self) -> Path:
        return self.path / "endpoint.json"

    @property
    def _identity(self) -> Path:
        return self.path / "identity.json"

    @property
    def accounts(self) -> RegisterFile:
        """The accounts that share the service, and their keys."""
        return RegisterFile(self.path / "accounts.json")

    @property
    def _credentials(self) -> Path:
        return self.path / "credentials"

    def create(self, *, allow_network: bool = False) -> None:
        """Make the folder, for its owner only, and see whether it can be written.

        Args:
            allow_network: Take a folder on a network file system as well.

        Raises:
            StartError: It cannot be made or written, or is no place for a service's data.
        """
        # By the way that was given, as a link on it may lead to a disk that is not there.
        self._make(self._given)
        kind = network_kind(self.path)
        if kind is not None and not allow_network:
            raise StartError(
                f"the data folder {self.path} lies on a network file system ({kind}), where its "
                "database may be damaged; choose a folder of this machine, or insist with "
                "--allow-network-folder"
            )
        free = shutil.disk_usage(self.path).free
        if free < LEAST_FREE:
            raise StartError(
                f"the disk of the data folder {self.path} is full: No space left on device "
                f"({free // 1024} KiB are free, {LEAST_FREE // 1024} KiB are needed to start)"
            )
        if (self.path / DATABASE_NAME).exists() and not self.objects.exists():
            logger.warning(
                "the folder of the objects, %s, is gone: it is made anew, and empty", self.objects
            )
        for folder in (self.objects, self.executor):
            self._make(folder)

    @staticmethod
    def _make(folder: Path) -> None:
        """Make a folder that is not there, and try to write into it."""
        try:
            if folder.is_symlink() and not folder.exists():
                raise FileNotFoundError(errno.ENOENT, f"it is a link to nothing ({folder})")
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"tried")
        except OSError as error:
            if folder.exists() and not folder.is_dir():
                raise StartError(f"the data folder {folder} is not a folder") from error
            raise StartError(
                f"the data folder {folder} is not writable: {error.strerror}"
            ) from error

    def lock(self) -> None:
        """Take the folder for this process, until `unlock` or its end.

        Raises:
            StartError: Another server has it; the text names its process.
        """
        try:
            self._lock.acquire()
        except LockedError as error:
            raise TakenError(
                f"another server (process {error.holder}) already uses the data folder {self.path}"
                "; stop it, or choose another folder with --data"
            ) from None
        except OSError as error:
            raise StartError(
                f"the data folder {self.path} is not writable: {error.strerror}"
            ) from error

    def is_taken(self) -> bool:
        """Return whether a server has the folder now."""
        try:
            return self._lock.is_taken()
        except OSError:
            return False

    def unlock(self) -> None:
        """Give the folder back."""
        self._lock.release()

    def identity(self) -> Identity | None:
        """Return what tells the folder from others; None if no service was ever started on it.

        Raises:
            StartError: The file is damaged.
        """
        try:
            return Identity(**json.loads(self._identity.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise StartError(f"the file {self._identity} cannot be read: {error}") from error

    def store_identity(self, identity: Identity) -> None:
        """Remember the identity; it is on the disk when this returns."""
        self._write(self._identity, json.dumps(asdict(identity)))

    def access_key(self) -> AccessKey:
        """Return the key of this folder, made at the first call.

        Raises:
            StartError: The file that holds it is damaged.
        """
        key = self.stored_key()
        if key is None:
            key = AccessKey.generate()
            self.store_key(key)
        return key

    def stored_key(self) -> AccessKey | None:
        """Return the key that was stored last, or None.

        Raises:
            StartError: The file that holds it is damaged.
        """
        try:
            return AccessKey.parse(self._credentials.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StartError(f"the file {self._credentials} cannot be read: {error}") from error

    def store_key(self, key: AccessKey) -> None:
        """Remember the key, readable by the owner only."""
        self._write(self._credentials, f"{key.key_id}:{key.secret}\n")

    def object_secret(self) -> bytes:
        """Return what the programs' keys to objects follow from; made when it is first needed.

        Raises:
            StartError: The file cannot be read.
        """
        return self._secret("object-secret")

    def agent_secret(self) -> bytes:
        """Return what the tokens of agents follow from; made when it is first needed.

        Raises:
            StartError: The file cannot be read.
        """
        return self._secret("agent-secret")

    def store_secret(self, path: Path, line: str) -> None:
        """Write a line that only the owner may read."""
        self._write(path, f"{line}\n")

    def _secret(self, name: str) -> bytes:
        path = self.path / name
        try:
            return bytes.fromhex(path.read_text(encoding="ascii").strip())
        except FileNotFoundError:
            secret = os.urandom(32)
            self._write(path, f"{secret.hex()}\n")
            return secret
        except (OSError, ValueError) as error:
            raise StartError(f"the file {path} cannot be read: {error}") from error

    def token_secret(self, *, make: bool = False) -> bytes | None:
        """Return what temporary keys follow from; None if nobody has made one yet.

        Args:
            make: Make it if it is not there.

        Raises:
            StartError: The file cannot be read.
        """
        path = self.path / "token-secret"
        try:
            return bytes.fromhex(path.read_text(encoding="ascii").strip())
        except FileNotFoundError:
            if not make:
                return None
            secret = os.urandom(32)
            self._write(path, f"{secret.hex()}\n")
            return secret
        except (OSError, ValueError) as error:
            raise StartError(f"the file {path} cannot be read: {error}") from error

    @property
    def audit_log(self) -> Path:
        """The audit log."""
        return self.path / "audit.log"

    def announce(self, where: Announcement) -> None:
        """Leave word of where the running server listens."""
        self._write(self._endpoint, json.dumps({"pid": os.getpid(), **asdict(where)}))

    def withdraw(self) -> None:
        """Take the word back."""
        with contextlib.suppress(OSError):
            self._endpoint.unlink(missing_ok=True)

    def announced(self) -> Announcement | None:
        """Return where the running server listens, or None if no server runs."""
        try:
            if not self._lock.is_taken():
                return None
            word = json.loads(self._endpoint.read_text(encoding="utf-8"))
            return Announcement(
                word["endpoint"], word["objects"], word["region"], word.get("store", "")
            )
        except (OSError, ValueError, KeyError):
            return None

    @staticmethod
    def _write(path: Path, text: str) -> None:
        write_private(path, text.encode())
