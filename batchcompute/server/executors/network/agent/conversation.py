"""A session of an agent with its server, held over requests that wait.

Two requests may be under way: one that waits for orders, and one with news, which then waits in its
place.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal

from batchcompute.server.executors.agent.session import Item, Session, SessionError
from batchcompute.server.executors.attempt.lease import lease_clock
from batchcompute.server.executors.network.agent.contact import ANSWER_SECONDS, Contact, pauses
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.agent.stay import Stay
from batchcompute.server.executors.network.protocol import WORK, Joined, RefusedError

_logger = logging.getLogger("batchcompute.server.agent")

#: How long a request that only asks waits for news to take along: a program that is done at once
#: needs no request of its own then.
_LINGER_SECONDS = 0.003

#: Why a session is over. "join": another one is to be begun. "gone": the VM is not wanted any more.
#: "left": it was told to go. "silent": the server was not heard for too long.
Outcome = Literal["", "join", "gone", "left", "silent", "failed"]


class Conversation:
    """The exchange of messages between an agent and its server.

    Attributes:
        joined: What the server said when it was joined last.
    """

    def __init__(
        self,
        options: AgentOptions,
        contact: Contact,
        stay: Stay,
        changed: threading.Condition,
        carry_out: Callable[[Item], None],
    ) -> None:
        """Bind the parts.

        Args:
            options: What the agent was started with.
            contact: The way to the server.
            stay: How long the agent stays.
            changed: Held while anything here is looked at; notified of what may be waited for.
            carry_out: Takes orders, one after the other.
        """
        self._options = options
        self._contact = contact
        self._stay = stay
        self._carry_out = carry_out
        self._changed = changed
        self.joined = Joined()
        self._orders = threading.Lock()
        self._session: Session | None = None
        self._requests = 0
        self._outcome: Outcome = ""

    def begin(self, boot: str) -> None:
        """Begin a session, with nothing said yet."""
        with self._changed:
            self._session = Session(boot)
            self._outcome = ""

    def drop(self) -> None:
        """Forget a session, and what was not said yet."""
        with self._changed:
            self._session = None

    @property
    def boot(self) -> str:
        """The boot id of the session; "" if there is none."""
        with self._changed:
            return "" if self._session is None else self._session.boot

    @property
    def has_told_all(self) -> bool:
        """True if the server has had all that was to be said."""
        with self._changed:
            return self._session is None or self._session.unacknowledged == 0

    @property
    def outcome(self) -> Outcome:
        """Why the session is over; "" if it is not."""
        return self._outcome

    def add(self, item: Item) -> None:
        """Have the server told something."""
        with self._changed:
            if self._session is not None:
                self._session.add(item)
            self._changed.notify_all()

    def end(self, outcome: Outcome) -> None:
        """Have the session end."""
        with self._changed:
            self._outcome = self._outcome or outcome
            self._changed.notify_all()

    def hold(self, is_over: Callable[[], bool], say_farewell: Callable[[], None]) -> Outcome:
        """Hold a session to its end; return why it ended.

        Args:
            is_over: Asked whether the agent is to go, whenever something changes.
            say_farewell: Called if it is, while the session lasts.
        """
        threads = [threading.Thread(target=self._ask, name=f"work-{n}") for n in range(2)]
        for thread in threads:
            thread.start()
        try:
            with self._changed:
                while not self._outcome and not is_over():
                    self._changed.wait(self._stay.seconds_left())
            if not self._outcome:
                say_farewell()
        finally:
            self.end("left")
            for thread in threads:
                thread.join()
        return self._outcome

    def _ask(self) -> None:
        growing = pauses()
        with self._contact.connect() as connection:
            while (frame := self._next_frame()) is not None:
                patience = min(ANSWER_SECONDS, self.joined.lease_seconds / 4)
                patience += self.joined.wait_seconds
                sent_at = lease_clock()
                try:
                    answer = connection.post(WORK, self.joined.token, frame, patience)
                    with self._orders:
                        self._obey(sent_at, answer)
                    growing.reset()
                except RefusedError as error:
                    _logger.info("the session is over: %s", error)
                    self.end("gone" if error.refusal == "gone" else "join")
                except SessionError as error:
                    _logger.warning("the session is broken: %s", error)
                    self.end("join")
                except OSError as error:
                    _logger.warning("%s does not answer: %s", self._options.url, error)
                    self._say_again()
                    self._stay.sleep(growing.next())
                except Exception:
                    # Orders that make no sense, or an executor that cannot go on.
                    _logger.exception("what the server orders cannot be carried out")
                    self.end("failed")
                finally:
                    with self._changed:
                        self._requests -= 1
                        self._changed.notify_all()

    def _say_again(self) -> None:
        """Have said again what may not have come."""
        if self._contact.is_lost(self.joined.lease_seconds):
            self.end("silent")
        with self._changed:
            if self._session is not None:
                # The other request is not to wait while there is news.
                self._session.repeat()

    def _next_frame(self) -> dict[str, object] | None:
        """Wait until there is something to say, or nobody asks; None at the end."""
        with self._changed:
            while not self._outcome:
                session = self._session
                assert session is not None
                if session.has_unsent:
                    break
                if self._requests == 0:
                    # Perhaps there is something to take along in a moment.
                    self._changed.wait(_LINGER_SECONDS)
                    if self._requests == 0:
                        break
                    continue
                self._changed.wait()
            if self._outcome or self._session is None:
                return None
            self._requests += 1
            return {**self._session.whole_frame(), "wait": self.joined.wait_seconds}

    def _obey(self, sent_at: float, answer: dict[str, object]) -> None:
        with self._changed:
            if self._session is None or self._outcome:
                return
            items = self._session.take(answer)
        try:
            self._contact.renew(sent_at, self.joined.lease_seconds)
        except OSError as error:
            # The server counts these orders as had. What runs has the time that it had before.
            _logger.warning("the lease cannot be renewed, which is tried again: %s", error)
        for item in items:
            self._carry_out(item)
