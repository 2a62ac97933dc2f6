"""The object protocol as a part of a service: its port, and the keys that programs are given."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from starlette.types import ASGIApp

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.accounts.keyring import Key, KeyRing
from batchcompute.server.api.hosts import HostCheck
from batchcompute.server.api.http import HttpServer, bind, url_of
from batchcompute.server.api.tls import Certificate
from batchcompute.server.model.caller import Caller
from batchcompute.server.model.environment import ObjectAccess
from batchcompute.server.model.errors import StartError
from batchcompute.server.model.limits import OBJECT_BYTES
from batchcompute.server.object_api.application import ObjectApplication
from batchcompute.server.object_api.auth.check import ObjectSignatureCheck
from batchcompute.server.object_api.auth.credentials import TemporaryKeys
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.uploads import Uploads
from batchcompute.server.objects.use import ObjectUse

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
        runs: Callable[[str], bool],
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
            runs: Says of a job's id whether its programs may still reach objects.
            failed: Called from any thread if nothing is answered any more, by a fault of its own.
            wrap: Puts something around the application; None for nothing.
            certificate: Shown to whoever connects; None for HTTP without TLS.
            audit: Where it is written down who did what; None for nowhere.
            advertise: Host name under which programs on other machines reach it; "" for none.
        """
        self._ring = keys
        self._keys = TemporaryKeys(master, lambda holder: runs(TemporaryKeys.job_of(holder)))
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
            quota=self.take_room,
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

    def access_for(self, job_id: str, account: int) -> ObjectAccess:
        """Return how programs of a job of an account reach objects."""
        key = self._keys.key_for(TemporaryKeys.holder_of(job_id, account))
        return ObjectAccess(self._for_programs, self._region, key.key_id, key.secret, key.token)

    def application_for(self, keys: TemporaryKeys, endpoint: str) -> ASGIApp:
        """Return an application for another port, on which others reach all objects.

        Args:
            keys: Of those who do. No other key is good there.
            endpoint: URL of that port.
        """

        def find(key_id: str, token: str) -> Key | None:
            # An agent says by the id for whose attempt it asks; it may ask for all accounts.
            own, separator, account = key_id.partition("_")
            secret = keys.secret(own, token)
            if secret is None or (separator and not (account.isascii() and account.isdigit())):
                return None
            if separator:
                return Key(secret, self._ring.programs(int(account), key_id))
            return Key(secret, Caller(key_id=key_id))

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
        secret = self._keys.secret(key_id, token)
        if secret is None:
            return self._ring.find_temporary(key_id, token)
        account = TemporaryKeys.account_of(key_id)
        return Key(secret, self._ring.programs(account, key_id))


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
