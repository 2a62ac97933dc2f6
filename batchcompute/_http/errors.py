"""What it says about a request that httpx got no answer to it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx

from batchcompute.retry import Outcome

#: Failures before any byte of the request was sent.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
#: Failures that the same request would meet again.
_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.TooManyRedirects)
#: OpenSSL's words for an answer that is not encrypted.
_PLAIN_ANSWER = "WRONG_VERSION_NUMBER"


def outcome_of_failure(error: Exception) -> Outcome:
    """Return what a failure says about its request.

    Args:
        error: What httpx raised.
    """
    if isinstance(error, _HOPELESS) or _is_untrusted(error) or is_plain_answer(error):
        return Outcome.FINAL
    # Of encrypted connections, too: one that breaks while it is made has carried nothing.
    return Outcome.REJECTED if isinstance(error, _UNSENT) else Outcome.AMBIGUOUS


def is_plain_answer(error: Exception) -> bool:
    """Return whether a server answered in plain HTTP where TLS was spoken to it."""
    return any(_PLAIN_ANSWER in str(one) for one in _tls_errors(error))


def _is_untrusted(error: Exception) -> bool:
    return any(isinstance(one, ssl.SSLCertVerificationError) for one in _tls_errors(error))


def _tls_errors(error: BaseException | None) -> Iterator[ssl.SSLError]:
    # httpx and its transport wrap them, each in an exception of its own, not always as its cause.
    while error is not None:
        if isinstance(error, ssl.SSLError):
            yield error
        error = error.__cause__ or error.__context__
