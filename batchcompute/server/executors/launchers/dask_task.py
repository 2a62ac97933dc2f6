"""The task of a Dask worker for a VM: it runs the VM's agent, as a process, until that ends.

It is imported by workers, so it needs nothing but Python's library.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

#: How much of what an agent said last is told, in bytes.
_MOST_WORDS = 2000
#: How long an agent may take to leave, in seconds.
_LEAVE_SECONDS = 40.0

#: The agents of this worker, by their VMs.
_agents: dict[str, subprocess.Popen[bytes]] = {}
#: VMs that were ended last: the task of one may be about to start its agent.
_ended: deque[str] = deque(maxlen=1000)
_lock = threading.Lock()


def run_agent(
    vm_id: str, arguments: Sequence[str], environment: Mapping[str, str], scratch: str
) -> tuple[int, str]:
    """Run an agent in a folder that goes with it; return its exit code and its last words.

    Args:
        vm_id: The VM.
        arguments: How to start it.
        environment: Variables to add to those of the worker.
        scratch: A folder on a local disk; "" for the one for temporary files.
    """
    with tempfile.TemporaryDirectory(
        prefix=f"{vm_id}-", dir=scratch or None, ignore_cleanup_errors=True
    ) as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            with _lock:
                if vm_id in _ended:
                    return 0, "it was ended before it began"
                if vm_id in _agents:
                    return 1, "this worker has its agent already"
                process = _agents[vm_id] = subprocess.Popen(
                    [
                        *(*arguments, "--data-dir", f"{folder}/agent"),
                        *("--input-cache-folder", _cache_folder(scratch)),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**os.environ, **environment},
                    start_new_session=True,
                    cwd="/",
                )
            try:
                code = process.wait()
            finally:
                with _lock:
                    _agents.pop(vm_id, None)
        with log.open("rb") as said:
            said.seek(max(0, log.stat().st_size - _MOST_WORDS))
            return code, said.read().decode(errors="replace").strip()


def _cache_folder(scratch: str) -> str:
    """Return where the agents of one user on one machine keep inputs for each other."""
    return str(Path(scratch or tempfile.gettempdir(), f"batchcompute-inputs-{os.getuid()}"))


def end_agent(vm_id: str) -> bool:
    """End the agent of a VM, if this worker has it; return whether it has.

    One that the worker has not started yet is not started any more. This returns at once: an agent
    that does not leave in time is killed, and its programs end themselves as nobody keeps them.
    """
    with _lock:
        _ended.append(vm_id)
        process = _agents.get(vm_id)
    if process is None:
        return False
    process.send_signal(signal.SIGTERM)
    threading.Thread(target=_kill_later, args=(process,), daemon=True).start()
    return True


def _kill_later(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
