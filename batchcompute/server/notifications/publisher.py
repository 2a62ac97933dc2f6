"""Sending notifications: to the log, and to HTTP endpoints of this machine.

Best effort, as notifications are: what cannot be delivered is logged and dropped, and nobody waits.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from batchcompute.server.notifications.topics import Notification

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

logger = logging.getLogger("batchcompute.server.notifications.topics")

#: Notifications of an account that wait to be sent at the most; more are dropped.
MAX_WAITING = 1000

#: Accounts whose notifications are sent at the same time.
THREADS = 4

#: Seconds that an endpoint is given for one message.
SEND_SECONDS = 2.0

#: Seconds that waiting notifications are given when the service ends.
CLOSE_SECONDS = 2.0


class Publisher:
    """Sends notifications in threads of its own.

    Accounts take turns, and each has a queue of its own and one message on its way at a time: those
    of an account go out in their order, and its slow endpoints keep the others from nothing.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[int, deque[Notification]] = {}
        # Accounts with something to send, none of which is on its way.
        self._ready: deque[int] = deque()
        self._threads = [
            threading.Thread(target=self._run, name=f"notifications-{number}", daemon=True)
            for number in range(THREADS)
        ]
        self._deadline: float | None = None

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def publish(self, notifications: Sequence[Notification], lost: int = 0) -> None:
        """Take notifications to send; returns at once.

        Args:
            notifications: The notifications.
            lost: How many more were too many already.
        """
        with self._changed:
            for notification in notifications:
                account = notification.account
                waiting = self._waiting.get(account)
                if waiting is None:
                    waiting = self._waiting[account] = deque()
                    self._ready.append(account)
                    self._changed.notify()
                if len(waiting) < MAX_WAITING:
                    waiting.append(notification)
                else:
                    lost += 1
        if lost:
            logger.warning("%d notifications were dropped: more came than can be sent", lost)

    def close(self) -> None:
        """Send what waits, as far as that takes no time to speak of, and end the threads."""
        with self._changed:
            self._deadline = time.monotonic() + CLOSE_SECONDS
            self._changed.notify_all()
        last = self._deadline + SEND_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, last - time.monotonic()))

    def _run(self) -> None:
        while (notification := self._next()) is not None:
            try:
                _send(notification)
            except Exception as error:
                # Nothing that an endpoint does may end the thread.
                event, endpoint = notification.body["Event"], _name(notification.topic.endpoint)
                logger.warning("%s was not delivered to %r: %s", event, endpoint, _reason(error))
            self._sent(notification.account)

    def _next(self) -> Notification | None:
        """Wait for a notification whose turn it is; return None when it is time to end."""
        with self._changed:
            while not self._ready and self._deadline is None:
                self._changed.wait()
            if not self._ready or (self._deadline and time.monotonic() > self._deadline):
                return None
            return self._waiting[self._ready.popleft()].popleft()

    def _sent(self, account: int) -> None:
        with self._changed:
            if self._waiting[account]:
                self._ready.append(account)
                self._changed.notify()
            else:
                del self._waiting[account]


def _send(notification: Notification) -> None:
    text = json.dumps(notification.body, separators=(",", ":"), ensure_ascii=False)
    # The name may hold anything, also the end of a line.
    job_id = {"job_id": notification.body["JobId"]} if "JobId" in notification.body else {}
    logger.info("topic %r: %s", notification.topic.name, text, extra=job_id)
    url = local_url(notification.topic.endpoint)
    if url is None:
        return
    status = _post(url, text.encode())
    if not 200 <= status < 300:
        raise OSError(f"the endpoint answered {status}")


def _post(url: SplitResult, content: bytes) -> int:
    """Send a message within `SEND_SECONDS`, and return the status of the answer."""
    deadline = time.monotonic() + SEND_SECONDS
    # By hand and not by urllib, which would follow redirects and ask proxies. `localhost` may have
    # two addresses, which are tried one after the other.
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=SEND_SECONDS / 2)
    try:
        connection.connect()
        connection.sock = _HurriedSocket(connection.sock, deadline)
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        connection.request("POST", target, content, headers)
        return connection.getresponse().status
    finally:
        connection.close()


class _HurriedSocket(socket.socket):
    """A connection with one time limit for everything, and not one for each read."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        super().__init__(connected.family, connected.type, connected.proto, connected.detach())
        self._deadline = deadline

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """Send everything, or raise TimeoutError at the deadline."""
        self._hurry()
        super().sendall(data, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive what there is, or raise TimeoutError at the deadline."""
        self._hurry()
        return super().recv_into(buffer, nbytes, flags)

    def _hurry(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left)


def _name(endpoint: str) -> str:
    """Say which endpoint it is, without what may be a secret: user, password, path and query."""
    return urlsplit(endpoint).netloc.rpartition("@")[2]


def _reason(error: Exception) -> str:
    """Say what went wrong; only the system's own words are known to repeat no part of a URL."""
    name = type(error).__name__
    return f"{name} ({error.strerror or error})" if isinstance(error, OSError) else name


def local_url(endpoint: str) -> SplitResult | None:
    """Return an endpoint's parts if it is plain HTTP on this machine, else None.

    Only addresses and `localhost` count: a name could be made to mean anything.
    """
    try:
        url = urlsplit(endpoint)
        host = url.hostname or ""
        url.port  # noqa: B018 (raises if it is no number)
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return None
    return url if local and url.scheme == "http" else None
