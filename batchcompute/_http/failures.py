"""Requests that got no response: in which phase they failed, and what that says about them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from batchcompute.retry import Outcome

#: OpenSSL's words for an answer that is not encrypted.
_PLAIN_ANSWER = "WRONG_VERSION_NUMBER"

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
        """Whether the time for a phase was over."""
        return self.name.endswith("Timeout")

    @property
    def is_plain_answer(self) -> bool:
        """Whether the server answered in plain HTTP where TLS was spoken to it."""
        return any(_PLAIN_ANSWER in str(one) for one in _tls_errors(self))

    @property
    def outcome(self) -> Outcome:
        """What the failure says about the request."""
        untrusted = any(isinstance(one, ssl.SSLCertVerificationError) for one in _tls_errors(self))
        if untrusted or self.is_plain_answer:
            return Outcome.FINAL
        return _OUTCOMES.get(self.name, Outcome.AMBIGUOUS)


def _tls_errors(error: BaseException | None) -> Iterator[ssl.SSLError]:
    # Libraries wrap them, each in an exception of its own, not always as its cause.
    while error is not None:
        if isinstance(error, ssl.SSLError):
            yield error
        error = error.__cause__ or error.__context__
