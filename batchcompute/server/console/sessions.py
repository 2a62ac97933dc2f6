"""Access to the console: links that work once, and the sessions that they begin.

A session is a cookie that only this service can have made, so nothing is kept of it, and it goes
on after a restart. It ends with its time, with a sign-out, and when the access key changes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from batchcompute.server.model.caller import OPERATOR, Caller

#: Seconds that a link works.
LINK_SECONDS = 600
#: Seconds that a session lasts.
SESSION_SECONDS = 7 * 24 * 3600

#: Links of one key that nobody used at the most; of more, its oldest are dropped.
_MOST_LINKS = 100


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in.

    Attributes:
        name: Names the session; no secret.
        expires: When it ends, in seconds since the epoch.
        token: Sent with every change, by pages of this session alone.
        caller: Who looks.
    """

    name: str
    expires: int
    token: str
    caller: Caller = OPERATOR


class Sessions:
    """Makes links and sessions, and knows its own."""

    def __init__(
        self,
        secret: bytes,
        now: Callable[[], float] = time.time,
        callers: Callable[[str], Caller | None] = lambda _: None,
    ) -> None:
        """Begin without links.

        Args:
            secret: What nobody outside can know; sessions are good as long as it stays the same.
            now: Returns seconds since the epoch.
            callers: Returns who calls with a key, by its id; None if it is not accepted.
        """
        self._callers = callers
        self._key = hmac.digest(secret, b"sessions of the console", "sha256")
        self._now = now
        self._lock = threading.Lock()
        # Only hashes, so that what is kept opens nothing.
        self._links: dict[bytes, tuple[float, str]] = {}
        self._ended: dict[str, int] = {}

    def make_link(self, key_id: str = "") -> tuple[str, float]:
        """Return a secret that begins one session, and until when, in seconds since the epoch.

        Args:
            key_id: The key whose holder looks, as long as it is accepted; "" for whoever runs the
                service.
        """
        link = secrets.token_urlsafe(32)
        until = self._now() + LINK_SECONDS
        with self._lock:
            now = self._now()
            # None of another key's: nobody takes away what somebody else was given.
            own = [each for each, (_, of) in self._links.items() if of == key_id]
            old = [each for each, (end, _) in self._links.items() if end < now]
            for each in {*old, *own[: max(0, len(own) + 1 - _MOST_LINKS)]}:
                del self._links[each]
            self._links[_hash(link)] = (until, key_id)
        return link, until

    def begin(self, link: str) -> str | None:
        """Return the cookie of a new session; None if the link is unknown, used or old."""
        with self._lock:
            until, key_id = self._links.pop(_hash(link), (0.0, ""))
        if until < self._now():
            return None
        # Of the id, whatever is in it, only letters and digits are left, as in the rest.
        who = key_id.encode().hex()
        body = f"{int(self._now()) + SESSION_SECONDS}.{secrets.token_urlsafe(18)}.{who}"
        return f"{body}.{self._sign('session', body)}"

    def find(self, cookie: str) -> Session | None:
        """Return the session of a cookie, or None if it is none, or over."""
        body, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("session", body).encode()):
            return None
        # Cookies of older versions say nothing of the key.
        expires, name, *who = body.split(".")
        if int(expires) < self._now() or name in self._ended:
            return None
        key_id = bytes.fromhex(who[0]).decode() if who else ""
        caller = self._callers(key_id) if key_id else OPERATOR
        if caller is None:
            return None
        return Session(name, int(expires), self._sign("change", body), caller)

    def end(self, session: Session) -> None:
        """Take a session's rights away."""
        now = self._now()
        with self._lock:
            self._ended = {name: until for name, until in self._ended.items() if until >= now}
            self._ended[session.name] = session.expires

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose} {text}".encode(), hashlib.sha256).hexdigest()


def _hash(link: str) -> bytes:
    return hashlib.sha256(link.encode()).digest()
