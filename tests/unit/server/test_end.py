"""The end that is asked for by signals reaches the main thread, however they come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

# Threads that are about to run when a signal comes get some of a burst in place of the main thread.
_WAITING = """
import os, signal, sys, threading, time
from batchcompute.server.process.shutdown import End

def work():
    while True:
        sum(range(200))
        time.sleep(0.00005)

def wait():
    end = End()
    # It would wait for ever for what it missed.
    signal.alarm(90)
    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.02)
    print(os.getpid(), flush=True)
    end.wait()
    os._exit(0)

while input():
    process = os.fork()
    if process == 0:
        wait()
    input()
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


def test_burst_of_signals_is_never_missed() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", _WAITING], stdin=pipe, stdout=pipe, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        # With handlers in Python alone, one in ten was missed.
        for _ in range(60):
            print("begin", file=parent.stdin, flush=True)
            process = int(parent.stdout.readline())
            for number in _SIGNALS * 30:
                os.kill(process, number)
            print("collect", file=parent.stdin, flush=True)
            assert parent.stdout.readline() == "0\n"
        print(file=parent.stdin, flush=True)
