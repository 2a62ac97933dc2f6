"""The object protocol as a part of a service: its port, and the keys that programs are given."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path

from starlette.types import ASGIApp

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.accounts.keyring import Key, KeyRing
from batchcompute.server.api.hosts import HostCheck
from batchcompute.server.api.http import HttpServer, bind, url_of
from batchcompute.server.api.tls import Certificate
from batchcompute.server.model.caller import ANONYMOUS, DEFAULT_ACCOUNT
from batchcompute.server.model.clock import Clock
from batchcompute.server.model.environment import ObjectAccess
from batchcompute.server.model.errors import StartError
from batchcompute.server.model.limits import BUCKETS, OBJECT_BYTES, UPLOADS
from batchcompute.server.object_api.application import ObjectApplication
from batchcompute.server.object_api.auth.check import ObjectSignatureCheck
from batchcompute.server.object_api.auth.credentials import TemporaryKey, TemporaryKeys
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.uploads import Uploads
from batchcompute.server.objects.use import ObjectUse
from batchcompute.server.store.database import Database
from batchcompute.server.store.running import account_of_attempt, account_of_job, may_run

logger = logging.getLogger("batchcompute.server")


class ObjectService:
    """Answers the object protocol in the background.

    Attributes:
        endpoint: URL that it listens on.
        library: The objects.
    """

    def __init__(
        self,
        folder: Path,
        listener: socket.socket,
        keys: KeyRing,
        master: bytes,
        region: str,
        database: Database,
        clock: Clock,
        failed: Callable[[], None] | None = None,
        wrap: Callable[[ASGIApp], ASGIApp] | None = None,
        certificate: Certificate | None = None,
        advertise: str = "",
        audit: AuditLog | None = None,
    ) -> None:
        """Open the objects; `start` begins to listen.

        Args:
            folder: Folder of the objects.
            listener: A bound socket.
            keys: The keys of callers.
            master: What the keys of programs follow from.
            region: Region id that buckets are said to be in.
            database: Says which programs run, whose keys are good as long as they do.
            clock: Tells the time.
            failed: Called from any thread if nothing is answered any more, by a fault of its own.
            wrap: Puts something around the application; None for nothing.
            certificate: Shown to whoever connects; None for HTTP without TLS.
            audit: Where it is written down who did what; None for nowhere.
            advertise: Host name under which programs on other machines reach it; "" for none.
        """
        self._ring = keys
        self._keys = TemporaryKeys(master)
        self._database = database
        self._clock = clock
        # A job stays its account's, and agents ask often.
        self._account_of_job = lru_cache(maxsize=4096)(partial(account_of_job, database))
        self._region = region
        self.endpoint = url_of(listener, secure=certificate is not None)
        self._stack = ExitStack()
        self._for_programs = self.endpoint
        if advertise:
            scheme, port = self.endpoint.partition("://")[0], self.endpoint.rpartition(":")[2]
            self._for_programs = f"{scheme}://{advertise}:{port}"
        self.library = library = ObjectLibrary(folder)
        self._stack.callback(library.close)
        self._uploads = Uploads(library)
        self._use = ObjectUse(library)
        self._stack.callback(self._use.close)
        application: ASGIApp = ObjectApplication(
            library,
            self._uploads,
            ObjectSignatureCheck(self._find, time.time),
            region=region,
            endpoint=self.endpoint,
            hosts=HostCheck.for_address(listener.getsockname()[0]),
            quota=self,
            audit=audit,
        )
        if wrap is not None:
            application = wrap(application)
        self._server = HttpServer(application, listener, failed, certificate)

    def start(self) -> None:
        """Listen; connections are accepted when this returns.

        Raises:
            StartError: Listening failed.
        """
        self._server.start()
        self._stack.callback(self._server.close)

    def close(self) -> None:
        """Answer what is being asked, then stop listening."""
        self._stack.close()

    def bytes_of(self, account: int) -> int:
        """Return how many bytes of objects an account is known to have; never waits."""
        return self._use.known(account)

    def take_room(self, bucket: str, size: int) -> int | None:
        """Count bytes that are about to be written; return the limit if they are beyond it.

        Args:
            bucket: Where they are written; what counts is the limit of its account.
            size: How many.
        """
        if not self._ring.has_limits:
            return None
        owner = self.library.owners.owner(bucket)
        most = None if owner is None else self._ring.limits_of(owner).get(OBJECT_BYTES)
        if owner is None or most is None or self._use.take(owner, size, most):
            return None
        return most

    def take_bucket(self, bucket: str, account: int) -> int | None:
        """Return the limit if an account may have no bucket besides those that it has.

        Args:
            bucket: The one that is to be made; of one that is there nothing is asked.
            account: Whose it is to be.
        """
        most = self._ring.limits_of(account).get(BUCKETS) if self._ring.has_limits else None
        if most is None or (self.library.root / bucket).is_dir():
            return None
        return most if len(self._use.buckets(account)) >= most else None

    def take_upload(self, bucket: str) -> int | None:
        """Return the limit if the account of a bucket may begin no upload in parts."""
        owner = self.library.owners.owner(bucket) if self._ring.has_limits else None
        most = None if owner is None else self._ring.limits_of(owner).get(UPLOADS)
        if owner is None or most is None:
            return None
        return most if self._use.uploads(owner) >= most else None

    def access_for(self, attempt_id: str, account: int) -> ObjectAccess:
        """Return how the program of an attempt reaches objects."""
        del account  # It is known of the attempt.
        key = self._keys.key_for(attempt_id)
        return ObjectAccess(self._for_programs, self._region, key.key_id, key.secret, key.token)

    def application_for(
        self, keys: TemporaryKeys, endpoint: str, attempts_on: Callable[[str], Collection[str]]
    ) -> ASGIApp:
        """Return an application for another port, on which VMs reach what their attempts may.

        Args:
            keys: Of the VMs. No other key is good there.
            endpoint: URL of that port.
            attempts_on: Returns the attempts that a VM has at the moment.
        """

        def find(key_id: str, token: str) -> Key | None:
            # An agent says by the id for whose attempt it asks, where there are several accounts.
            vm_id, separator, text = key_id.partition("_")
            key = keys.find(vm_id, token)
            if key is None or (separator and not (text.isascii() and text.isdigit())):
                return None
            account = int(text) if separator else DEFAULT_ACCOUNT
            jobs = {attempt_id.partition(".")[0] for attempt_id in attempts_on(key.holder)}
            has = any(self._account_of_job(job_id) == account for job_id in jobs)
            return self._key_of(key, key_id, account if has else None)

        return ObjectApplication(
            self.library,
            self._uploads,
            ObjectSignatureCheck(find, time.time),
            region=self._region,
            endpoint=endpoint,
            make_buckets=True,
        )

    def _find(self, key_id: str, token: str) -> Key | None:
        """Return a key of a caller, or of the programs of a job; None if nobody has it."""
        if not token and not TemporaryKeys.is_meant(key_id):
            return self._ring.find(key_id)
        key = self._keys.find(key_id, token)
        if key is None:
            return self._ring.find_temporary(key_id, token)
        return self._key_of(key, key_id, self._account_of(key.holder))

    def _account_of(self, holder: str) -> int | None:
        """Return for which account a holder may reach objects now; None if it may not any more."""
        if "." in holder:
            return account_of_attempt(self._database, holder)
        # Programs that an older version has begun have a key of their job, and of its account.
        job_id, _, account = holder.partition("_")
        if not may_run(self._database, self._clock, job_id):
            return None
        return int(account) if account else DEFAULT_ACCOUNT

    def _key_of(self, key: TemporaryKey, key_id: str, account: int | None) -> Key:
        """Return a key as it is checked; without an account it is refused as one that has ended."""
        if account is None:
            return Key(key.secret.encode(), ANONYMOUS, disabled=True)
        return Key(key.secret.encode(), self._ring.programs(account, key_id))


def bind_objects(host: str, port: int | None, api_port: int) -> socket.socket:
    """Take the address of the object protocol.

    Args:
        host: Address to listen on.
        port: Port to listen on; None for the one behind the API's, or any if that is taken.
        api_port: Port of the API as it was chosen; 0 if it may be any.

    Raises:
        StartError: It is taken or does not exist.
    """
    if port is not None:
        return bind(host, port)
    if 0 < api_port < 65535:
        try:
            return bind(host, api_port + 1)
        except StartError as error:
            logger.warning("%s; objects are served on another port", error)
    return bind(host, 0)
