"""Objects that lie in an OSS or S3 elsewhere, as a part of a service."""

from __future__ import annotations

import logging
import os

from batchcompute.server.model.caller import DEFAULT_ACCOUNT
from batchcompute.server.model.environment import ObjectAccess
from batchcompute.server.model.errors import StartError
from batchcompute.server.objects.errors import ObjectStoreError
from batchcompute.server.objects.remote.keys import StoreKey, read_key
from batchcompute.server.objects.remote.location import Location
from batchcompute.server.objects.remote.store import RemoteStore

logger = logging.getLogger("batchcompute.server")


class RemoteObjects:
    """A remote store, and what programs are told of it.

    Attributes:
        store: The store.
        endpoint: Its URL for clients of its protocol.
    """

    def __init__(self, url: str) -> None:
        """Open a store, and see that it takes the access key.

        A store that does not answer is waited for by the work that needs it.

        Args:
            url: `oss://…` or `s3://…`, see `Location`.

        Raises:
            StartError: The URL is wrong, there is no access key, or the store refuses it.
        """
        try:
            location = Location.parse(url, os.environ)
            self.store = RemoteStore(location)
            if location.program_credentials:
                read_key(location.program_credentials)
        except ValueError as error:
            raise StartError(f"--objects: {error}") from None
        self._location = location
        # What was wrong with the file of the programs' key when it was read last.
        self._complaint = ""
        self.endpoint = location.endpoint
        logger.info(
            "objects are those of %s; the service has no object port of its own", self.store.url
        )
        if location.is_readable_on_the_way:
            logger.warning("objects go to %s unencrypted: its endpoint is http://", location.host)
        try:
            self.store.check()
        except ObjectStoreError as error:
            if not error.is_passing:
                raise StartError(f"--objects: {error}") from None
            logger.warning("the object store does not answer, jobs wait for it: %s", error)

    def start(self) -> None:
        """Do nothing: this service listens to nobody for them."""

    def access_for(self, attempt_id: str, account: int) -> ObjectAccess:
        """Return how the program of an attempt reaches objects.

        The key is the one in the file at this moment. It opens all of the store, so that programs
        of other accounts than the first get none.
        """
        key = StoreKey("", "")
        path = self._location.program_credentials if account == DEFAULT_ACCOUNT else ""
        if path:
            try:
                key = read_key(path)
            except ValueError as error:
                # Once, and not for each attempt.
                if str(error) != self._complaint:
                    logger.error("%s gets no key of the object store: %s", attempt_id, error)
                self._complaint = str(error)
            else:
                self._complaint = ""
        return ObjectAccess(
            self.endpoint, self._location.region, key.key_id, key.secret, key.token, self.kind
        )

    def take_room(self, bucket: str, size: int) -> int | None:
        """Return None: the limits of the store count, see `ObjectService.take_room`."""
        return None

    def take_bucket(self, bucket: str, account: int) -> int | None:
        """Return None: the limits of the store count, see `ObjectService.take_bucket`."""
        return None

    def bytes_of(self, account: int) -> int:
        """Return 0: a store elsewhere has limits of its own."""
        del account
        return 0

    @property
    def kind(self) -> str:
        """The protocol of the store, "oss" or "s3"."""
        return self._location.kind
