"""Sending notifications: to the log, and to HTTP endpoints of this machine.

Best effort, as notifications are: what cannot be delivered is logged and dropped, and nobody waits.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import logging
import queue
import socket
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from batchcompute.server.notifications.topics import Notification

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

logger = logging.getLogger("batchcompute.server.notifications.topics")

#: Notifications that wait to be sent at the most; more are dropped.
MAX_WAITING = 1000

#: Seconds that an endpoint is given for one message.
SEND_SECONDS = 2.0

#: Seconds that waiting notifications are given when the service ends.
CLOSE_SECONDS = 2.0


class Publisher:
    """Sends notifications in a thread of its own, in their order."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Notification | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._run, name="notifications", daemon=True)
        self._deadline: float | None = None

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def publish(self, notifications: Sequence[Notification], lost: int = 0) -> None:
        """Take notifications to send; returns at once.

        Args:
            notifications: The notifications.
            lost: How many more were too many already.
        """
        for notification in notifications:
            try:
                self._queue.put_nowait(notification)
            except queue.Full:
                lost += 1
        if lost:
            logger.warning("%d notifications were dropped: more came than can be sent", lost)

    def close(self) -> None:
        """Send what waits, as far as that takes no time to speak of, and end the thread."""
        self._deadline = time.monotonic() + CLOSE_SECONDS
        try:
            self._queue.put(None, timeout=CLOSE_SECONDS)
        except queue.Full:
            return
        if self._thread.ident is not None:
            self._thread.join(CLOSE_SECONDS + SEND_SECONDS)

    def _run(self) -> None:
        while (notification := self._queue.get()) is not None:
            if self._deadline is not None and time.monotonic() > self._deadline:
                return
            try:
                _send(notification)
            except Exception as error:
                # Nothing that an endpoint does may end the thread.
                event, endpoint = notification.body["Event"], _name(notification.topic.endpoint)
                logger.warning("%s was not delivered to %r: %s", event, endpoint, _reason(error))


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
