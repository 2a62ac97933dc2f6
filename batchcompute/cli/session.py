"""The client, the objects and the terminal of one run of the command."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from batchcompute.cli.failures import CommandError
from batchcompute.cli.place import Place, find_place
from batchcompute.cli.screen import Screen

if TYPE_CHECKING:
    from batchcompute.client._sync.client import Client

#: Bucket of the first account for logs and packages, where a service takes any; that of account
#: N is `batchcompute-N`. The service reserves these names, and names itself so as their owner.
DEFAULT_BUCKET: Final = "batchcompute"


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which service is meant.

    Args:
        parser: The parser.
    """
    group = parser.add_argument_group("which service")
    group.add_argument(
        "--endpoint",
        default="",
        metavar="URL",
        help="a URL, host or region (default: BATCHCOMPUTE_ENDPOINT, the configuration file, or "
        "the service that runs on this machine)",
    )
    group.add_argument(
        "--data", default="", metavar="FOLDER", help="the service that runs on this data folder"
    )


class Session:
    """One run of the command.

    Args:
        options: The parsed command line.
        environ: The environment.

    Attributes:
        screen: Where to write.
        interrupted: What to say after Ctrl-C.
    """

    def __init__(
        self, options: argparse.Namespace, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._options = options
        self._environ = environ
        self.screen = Screen(environ=environ)
        self.interrupted = "interrupted"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Only what was used: looking makes nothing.
        for name in ("client", "objects"):
            if name in self.__dict__:
                self.__dict__[name].close()

    @cached_property
    def place(self) -> Place:
        """The service that is talked to."""
        return find_place(self._options.endpoint, self._options.data, self._environ)

    @cached_property
    def client(self) -> Client:
        """The client.

        Raises:
            CommandError: There is no service, or no access key.
        """
        from batchcompute.client._sync.client import Client
        from batchcompute.config import find_credentials
        from batchcompute.exceptions import ConfigError

        place = self.place
        try:
            key = find_credentials(None, None, "", place.environment)
        except ConfigError as error:
            names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
            if any(place.environment.get(name) for name in names):
                raise CommandError(f"{place.region}: {error}") from None
            raise CommandError(
                f"no access key for {place.region}: set {' and '.join(names)}; for a service on "
                'this machine, `eval "$(batchcompute env)"` sets them'
            ) from None
        if "://" in self._options.endpoint or not self._options.endpoint:
            return Client(place.region, credentials=key)
        return Client(_unredirected(place.region), credentials=key)

    @cached_property
    def objects(self) -> Any:
        """The objects, as files.

        Raises:
            CommandError: Nobody says where they are.
        """
        from batchcompute._objects.files import ObjectFiles

        known = self.place.environment
        if not known.get("OSS_ENDPOINT"):
            raise CommandError(
                "nobody says where the objects are: set OSS_ENDPOINT, OSS_ACCESS_KEY_ID and "
                "OSS_ACCESS_KEY_SECRET"
            )
        # The key of the API, where objects have none of their own.
        key = (known.get("OSS_ACCESS_KEY_ID", ""), known.get("OSS_ACCESS_KEY_SECRET", ""))
        if not any(key):
            key = (
                known.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
                known.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
            )
        if not all(key):
            raise CommandError("no key for the objects: set OSS_ACCESS_KEY_ID and its secret")
        token = known.get("OSS_SESSION_TOKEN", "")
        return ObjectFiles(known["OSS_ENDPOINT"], *key, token, known.get("OSS_REGION", ""))

    @property
    def bucket(self) -> str:
        """The bucket for logs and packages that nobody named a place for; "" if there is none."""
        if named := self.place.environment.get("BATCHCOMPUTE_BUCKET", ""):
            return named
        # Buckets of the hosted service belong to somebody; one's own service makes them.
        if "aliyuncs.com" in self.place.region or "//" not in self.place.region:
            return ""
        account = self._account()
        return f"{DEFAULT_BUCKET}-{account}" if account > 1 else DEFAULT_BUCKET

    def _account(self) -> int:
        """Return the number of the account at a service like ours; 0 if it is not known."""
        try:
            number, name = self.objects.owner()
        except (CommandError, OSError):
            return 0  # if objects are needed at all, that says what is wrong
        return int(number) if name == DEFAULT_BUCKET and number.isdecimal() else 0


def _unredirected(region: str) -> str:
    """Return the URL of a region or host, whatever the environment redirects to."""
    from batchcompute.config import resolve_endpoint

    return resolve_endpoint(region, None, {}).url
