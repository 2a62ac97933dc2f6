"""The embedded executor: verbs for the scheduler, and one thread that does all the work."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, wait
from functools import partial
from pathlib import Path
from typing import Literal

from batchcompute.server.executors.agent.messages import check_attempt_id
from batchcompute.server.executors.agent.supervisor import Engine
from batchcompute.server.executors.attempt.worlds.containers import find_engine
from batchcompute.server.executors.attempt.worlds.isolation import Isolation, choose_isolation
from batchcompute.server.executors.interface import Attempt, Capabilities, Event, Receipt
from batchcompute.server.objects import ObjectStore
from batchcompute.server.objects.durable import make_directories

_logger = logging.getLogger(__name__)

#: How long `close` waits for stopped attempts, in seconds.
_CLOSE_SECONDS = 30.0
#: How often who waits for an answer looks whether one can still come, in seconds.
_LOOK_SECONDS = 1.0


class EmbeddedExecutor:
    """Runs attempts as processes of this machine; see `Executor` for what the verbs mean.

    Verbs leave their wish for the executor's thread and return at once, except `settle`, which
    waits for its answer. Events come from that thread. An exception in the receiver of an event is
    logged and changes nothing here.

    A data folder belongs to one executor at a time; who holds it is for the server to see to.
    """

    def __init__(
        self,
        data_dir: Path,
        objects: ObjectStore,
        *,
        boot_seconds: float = 1.0,
        slots: int | None = None,
        isolation: Isolation = "auto",
        private: Path | None = None,
        failed: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Describe an executor; nothing is started before `open`.

        Args:
            data_dir: A folder of its own on a local file system; it is made if it is not there.
            objects: Where packages, inputs, outputs and streams lie.
            boot_seconds: How long a new worker takes to be ready.
            slots: Programs to run at once at the most, as told by `probe`; None for one per
                processor. The scheduler keeps to it, not the executor.
            isolation: "auto", or which kind to insist on: "namespace" or "process-group".
            private: A folder above `data_dir` that programs in namespaces shall not see, like the
                one with the service's credentials; None for `data_dir`.
            failed: Called if the executor cannot go on, by a fault of its own. What runs then goes
                on, to be adopted by the next executor of this folder.
            clock: Seconds from any start, for booting.
        """
        self._data_dir = data_dir.absolute()
        self._private = (private or data_dir).absolute()
        self._objects = objects
        self._boot_seconds = boot_seconds
        self._slots = slots if slots is not None else os.cpu_count() or 1
        self._isolation: Isolation = isolation
        self._failed = failed
        self._clock = clock
        self._bubblewrap = ""
        self._containers = ""
        self._capabilities: Capabilities | None = None
        self._wishes: deque[Callable[[Engine], None]] = deque()
        self._wake_read, self._wake_write = -1, -1
        self._thread: threading.Thread | None = None
        self._closing_at: float | None = None
        self._broken = False

    def open(self, emit: Callable[[Event], None]) -> None:
        """Find out what works here, and start the forker.

        Args:
            emit: Receives events, from one thread, until `close` returns.

        Raises:
            RuntimeError: The forker cannot be started, or an isolation that was insisted on does
                not work here.
        """
        if self._thread is not None:
            raise RuntimeError("the executor is open already")
        capabilities = self.probe()
        for note in capabilities.notes:
            _logger.info("embedded executor: %s", note)
        selector = selectors.DefaultSelector()
        engine = Engine(
            self._data_dir,
            self._private,
            self._objects,
            self._bubblewrap,
            self._containers,
            selector,
            partial(_emit_safely, emit),
            self._boot_seconds,
            self._clock,
        )
        engine.open()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        selector.register(self._wake_read, selectors.EVENT_READ, self._drain)
        self._closing_at = None
        self._broken = False
        self._thread = threading.Thread(
            target=self._work, args=(engine, selector), name="embedded-executor", daemon=True
        )
        self._thread.start()

    def probe(self) -> Capabilities:
        """Say what this executor can do here; tried once, by running something."""
        if self._capabilities is None:
            make_directories(self._data_dir / "attempts")
            self._data_dir = self._data_dir.resolve(strict=True)
            found = choose_isolation(self._isolation, self._data_dir, self._objects)
            self._bubblewrap = found.bubblewrap
            self._containers, note = find_engine()
            self._capabilities = Capabilities(
                "embedded",
                self._slots,
                complete_kill=bool(found.bubblewrap),
                containers=bool(self._containers),
                notes=(*found.notes, note),
            )
        return self._capabilities

    def set_pool(self, pool_id: str, workers: Mapping[str, bool]) -> None:
        """Make the pool's workers be exactly these; a worker's id is never used again."""
        wanted = dict(workers)
        self._wish(lambda engine: engine.set_pool(pool_id, wanted))

    def start(self, attempt: Attempt) -> None:
        """Run an attempt; the same id starts nothing a second time.

        Raises:
            ValueError: The id cannot be a file name.
        """
        check_attempt_id(attempt.attempt_id)
        self._wish(lambda engine: engine.start(attempt))

    def stop(self, attempt_ids: Collection[str]) -> None:
        """End attempts with every process of their trees; each ends in an event.

        One that is not known here ends in the event that tells what became of it.
        """
        for attempt_id in attempt_ids:
            check_attempt_id(attempt_id)
        ids = tuple(attempt_ids)
        self._wish(lambda engine: engine.stop(ids))

    def settle(self, attempt_ids: Collection[str]) -> dict[str, Receipt | Literal["alive", "lost"]]:
        """Say what became of attempts after a restart of the server.

        Adopted attempts emit `AttemptStarted` once more, as the first one may have been lost.
        """
        for attempt_id in attempt_ids:
            check_attempt_id(attempt_id)
        ids = tuple(attempt_ids)
        answer: Future[dict[str, Receipt | Literal["alive", "lost"]]] = Future()

        def work(engine: Engine) -> None:
            try:
                answer.set_result({name: engine.settle(name) for name in ids})
            except BaseException as error:
                answer.set_exception(error)

        if threading.current_thread() is self._thread:
            raise RuntimeError("settle cannot be called while an event is received")
        self._wish(work)
        while not answer.done() and not self._broken:
            wait([answer], timeout=_LOOK_SECONDS)
        if not answer.done():
            raise RuntimeError("the executor failed")
        return answer.result()

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Remove the folders of attempts whose end is recorded elsewhere.

        One that still runs is forgotten as soon as it has ended and told so.
        """
        for attempt_id in attempt_ids:
            check_attempt_id(attempt_id)
        ids = tuple(attempt_ids)
        self._wish(lambda engine: engine.forget(ids))

    def kept_attempts(self) -> frozenset[str]:
        """Return every attempt that has a folder: those that run, and those not yet forgotten."""
        return frozenset(os.listdir(self._data_dir / "attempts"))

    def close(self, *, stop_attempts: bool) -> None:
        """Let go of everything.

        Args:
            stop_attempts: Stop what runs and wait for its events, for half a minute at the most;
                otherwise it goes on and can be adopted by the next executor of this folder.
        """
        thread = self._thread
        if thread is None:
            return

        def begin(engine: Engine) -> None:
            self._closing_at = time.monotonic() + (_CLOSE_SECONDS if stop_attempts else 0.0)
            if stop_attempts:
                engine.stop(engine.unfinished())

        if not self._broken:
            self._wish(begin)
        thread.join()
        self._thread = None
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _wish(self, wish: Callable[[Engine], None]) -> None:
        if self._thread is None:
            raise RuntimeError("the executor is not open")
        if self._broken:
            raise RuntimeError("the executor failed")
        self._wishes.append(wish)
        with contextlib.suppress(BlockingIOError):  # The pipe is full of such calls already.
            os.write(self._wake_write, b"\0")

    def _drain(self) -> None:
        try:
            while os.read(self._wake_read, 4096):
                pass
        except BlockingIOError:
            pass

    def _work(self, engine: Engine, selector: selectors.BaseSelector) -> None:
        try:
            while not self._is_done(engine):
                for key, _ in selector.select(engine.seconds_to_wait()):
                    key.data()
                while self._wishes:
                    self._wishes.popleft()(engine)
                engine.tick()
        except Exception:
            _logger.critical("the embedded executor failed", exc_info=True)
            self._broken = True
            if self._failed is not None:
                self._failed()
        finally:
            engine.close()
            selector.close()

    def _is_done(self, engine: Engine) -> bool:
        if self._closing_at is None:
            return False
        return not engine.unfinished() or time.monotonic() >= self._closing_at


def _emit_safely(emit: Callable[[Event], None], event: Event) -> None:
    try:
        emit(event)
    except Exception:
        _logger.exception("the receiver of %r failed", event)
