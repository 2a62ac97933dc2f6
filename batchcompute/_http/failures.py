"""Classify requests that got no response by the phase in which they failed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from batchcompute.retry import Outcome

#: OpenSSL's words for a response that is not encrypted.
_PLAIN_HTTP = "WRONG_VERSION_NUMBER"

#: Name of a failure, as httpx calls it -> what it says about the request.
_OUTCOMES = {
    # No byte of the request was sent. A connection that breaks in its handshake carried nothing.
    "ConnectError": Outcome.REJECTED,
    "ConnectTimeout": Outcome.REJECTED,
    "PoolTimeout": Outcome.REJECTED,
    # The same request would meet them again.
    "UnsupportedProtocol": Outcome.FINAL,
    "LocalProtocolError": Outcome.FINAL,
    "TooManyRedirects": Outcome.FINAL,
}


class ExchangeError(Exception):
    """A request got no response; raised from the error of the socket or the HTTP library.

    Args:
        name: What failed, as httpx calls it: `ConnectError`, `ReadTimeout` and so on.
        text: What is wrong, in the words of the library that noticed.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.name = name
        self.text = text

    def __str__(self) -> str:
        return self.text

    @property
    def is_timeout(self) -> bool:
        """Return whether a phase timed out."""
        return self.name.endswith("Timeout")

    @property
    def is_plain_http(self) -> bool:
        """Return whether the server spoke plain HTTP on a connection that wants TLS."""
        return any(_PLAIN_HTTP in str(one) for one in _tls_errors(self))

    @property
    def outcome(self) -> Outcome:
        """Classify the request: rejected, maybe carried out, or final."""
        untrusted = any(isinstance(one, ssl.SSLCertVerificationError) for one in _tls_errors(self))
        if untrusted or self.is_plain_http:
            return Outcome.FINAL
        return _OUTCOMES.get(self.name, Outcome.AMBIGUOUS)


def _tls_errors(error: BaseException | None) -> Iterator[ssl.SSLError]:
    # Libraries wrap them, each in an exception of its own, not always as its cause.
    while error is not None:
        if isinstance(error, ssl.SSLError):
            yield error
        error = error.__cause__ or error.__context__
