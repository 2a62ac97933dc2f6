"""The certificate that a listening address shows, read again when its files change."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import TypeAlias

from batchcompute.server.model.errors import StartError

logger = logging.getLogger("batchcompute.server")

#: Seconds between two looks at the files. Only a server that has a certificate wakes for them.
LOOK_SECONDS = 2

_Stamp: TypeAlias = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate with its key, in files that somebody else may replace.

    Attributes:
        context: What connections are made with; those that are open keep what they have seen.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Read the files.

        Args:
            certificate: The certificate and those that have signed it, PEM.
            key: Its key, PEM, without a password.

        Raises:
            StartError: One of them cannot be read, or they do not belong together.
        """
        self._files = (certificate, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        # One protocol is spoken here.
        self.context.set_alpn_protocols(["http/1.1"])
        for path in self._files:
            try:
                path.read_bytes()
            except OSError as error:
                raise StartError(f"{path} cannot be read: {error.strerror}") from error
        self._seen = self._stamp()
        try:
            self._load(self.context)
        except (ssl.SSLError, OSError, ValueError) as error:
            raise StartError(_refusal(certificate, key, error)) from error

    def context_for(self, config: object, default: object) -> ssl.SSLContext:
        """Return the context, in the form in which uvicorn asks for it.

        Args:
            config: The server's configuration.
            default: What would make another context.
        """
        del config, default
        return self.context

    def refresh(self) -> None:
        """Show the new certificate if the files have changed, unless they are wrong."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            # First elsewhere: what is in use must not get a certificate with another's key.
            self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            self._load(self.context)
        except (ssl.SSLError, OSError, ValueError) as error:
            logger.error("%s; the former certificate is still shown", _refusal(*self._files, error))
        else:
            logger.info("the certificate %s has changed, and is shown from now on", self._files[0])

    def _load(self, context: ssl.SSLContext) -> None:
        certificate, key = self._files
        context.load_cert_chain(certificate, key, password=_no_password)

    def _stamp(self) -> _Stamp:
        found: list[tuple[int, int, int]] = []
        for path in self._files:
            try:
                stat = path.stat()
            except OSError:
                found.append((0, 0, 0))
            else:
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(found)


def _no_password() -> str:
    raise ValueError("the key has a password")


def _refusal(certificate: Path, key: Path, error: Exception) -> str:
    reason = getattr(error, "reason", None) or str(error)
    if reason == "KEY_VALUES_MISMATCH":
        return f"the key {key} is not the one of the certificate {certificate}"
    if isinstance(error, ValueError):
        return f"the key {key} has a password; write one without, mode 0600"
    return f"{certificate} and {key} are not a certificate and its key in PEM: {reason}"
