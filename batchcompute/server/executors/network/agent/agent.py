"""An agent on another machine, from its start to its end.

This process says what its server wants to the embedded executor, which keeps its attempts, and what
comes of it to the server. Programs end in time if the server is not heard (see `attempt.lease`),
whatever else happens here.
"""

from __future__ import annotations

import logging
import threading
import time

from batchcompute.server.executors.agent.leftovers import end_remains
from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
from batchcompute.server.executors.network.agent.contact import ANSWER_SECONDS, Contact
from batchcompute.server.executors.network.agent.conversation import Conversation, Outcome
from batchcompute.server.executors.network.agent.meeting import Meeting
from batchcompute.server.executors.network.agent.object_access import objects_url
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.agent.own_folder import OwnFolder
from batchcompute.server.executors.network.agent.programs import Programs
from batchcompute.server.executors.network.agent.stay import END_SECONDS, Stay
from batchcompute.server.executors.network.protocol import LEAVE, Joined, RefusedError
from batchcompute.server.objects import open_store
from batchcompute.server.objects.factory import secret_files

_logger = logging.getLogger("batchcompute.server.agent")

#: Exit codes: told to leave; failed.
LEFT, FAILED = 0, 1


class NetworkAgent:
    """One agent, from its start to its end."""

    def __init__(self, options: AgentOptions) -> None:
        """Get ready; `run` begins."""
        self._options = options
        self._folder = OwnFolder(options.data_dir.absolute())
        self._stay = Stay(options.walltime_seconds)
        self._told_to_leave = False
        self._contact = Contact(options, self._folder.path)
        self._meeting = Meeting(options, self._folder, self._contact, self._stay)
        self._changed = threading.Condition()
        self._programs = Programs(
            self._stay, self._changed, lambda item: self._conversation.add(item)
        )
        self._conversation = Conversation(
            options, self._contact, self._stay, self._changed, self._programs.carry_out
        )

    def leave(self, cause: str) -> None:
        """End in order: what runs gives way, and counts as planned. May be called from a signal.

        If it is called again, what runs for a VM that is not wanted any more is not waited for.

        Args:
            cause: Why, as the end of a sentence.
        """
        # Without the lock of what has changed, which whoever is interrupted may hold.
        if self._told_to_leave:
            self._stay.hurry()
        self._told_to_leave = True
        self._stay.end(cause)

    def run(self) -> int:
        """Work until the VM is not wanted any more; return the exit code.

        Raises:
            RefusedError: The server does not let it in.
            RuntimeError: Programs cannot be run here, or another agent has the folder.
            OSError: The folder cannot be used.
        """
        self._folder.open()
        try:
            return self._run()
        finally:
            self._folder.close()

    def _run(self) -> int:
        # However long the server is away, and whatever it says then.
        end_remains(self._folder.path)
        welcome = self._meeting.greet()
        if welcome is None:
            return LEFT
        url = objects_url(self._options, self._folder.path, welcome, self._meeting.server)
        executor = EmbeddedExecutor(
            self._folder.path,
            open_store(url),
            boot_seconds=0.0,
            slots=1,
            isolation=self._options.isolation,
            private=self._options.private,
            secrets=(*self._options.secrets, *secret_files(url)),
            cache=self._options.cache_folder,
            cache_bytes=self._options.cache_bytes,
            failed=self._fail,
        )
        self._programs.open(executor)
        threading.Thread(target=self._notice_end, name="end", daemon=True).start()
        try:
            while True:
                outcome = self._work(executor)
                if outcome == "gone":
                    self._clean_up()
                    if self._options.vm or self._stay.leaving:
                        return LEFT
                elif outcome != "join":
                    return LEFT if outcome == "left" else FAILED
        finally:
            executor.close(stop_attempts=False)
            self._contact.close()
            self._stay.end("it has ended")

    def _notice_end(self) -> None:
        """Wake whoever waits for a change, once the agent is to go."""
        self._stay.sleep(None)
        with self._changed:
            self._changed.notify_all()

    def _fail(self) -> None:
        """Have the agent end, as nothing is heard of its programs any more."""
        self._programs.fail()
        self._conversation.end("failed")

    def _work(self, executor: EmbeddedExecutor) -> Outcome:
        """Hold one session, from its beginning to its end; return why it ended."""
        talk = self._conversation
        joined = self._meeting.join(executor, talk.begin, talk.joined)
        if not isinstance(joined, Joined):
            return joined
        talk.joined = joined
        return talk.hold(self._is_over, self._say_farewell)

    def _is_over(self) -> bool:
        self._stay.look_at_walltime()
        if self._programs.are_for_others:
            self._stay.end("what comes next does not fit into its walltime")
        return bool(self._stay.leaving)

    def _say_farewell(self) -> None:
        """Have all programs give way, tell what became of them, then leave."""
        talk = self._conversation
        _logger.info("leaving: %s", self._stay.leaving)
        deadline = time.monotonic() + END_SECONDS
        self._programs.give_way(talk.joined)
        with self._changed:
            while time.monotonic() < deadline and not talk.outcome:
                if self._programs.has_gone(talk.joined.vm) and talk.has_told_all:
                    break
                self._changed.wait(0.1)
        body = {"boot": talk.boot, "cause": self._stay.leaving}
        with self._contact.connect() as connection:
            try:
                connection.post(LEAVE, talk.joined.token, body, ANSWER_SECONDS)
            except (RefusedError, OSError) as error:
                _logger.warning("the server did not hear of it: %s", error)
        self._folder.forget_vm()

    def _clean_up(self) -> None:
        """End and forget all that was begun for a VM that is not wanted any more."""
        talk = self._conversation
        vm_id, lease_seconds = talk.joined.vm or self._folder.vm(), talk.joined.lease_seconds
        talk.drop()
        _logger.info("VM %s is not wanted any more", vm_id or self._options.vm)
        self._programs.end_all(vm_id, talk.joined.pool)
        self._folder.forget_vm()
        talk.joined = Joined(lease_seconds=lease_seconds)
