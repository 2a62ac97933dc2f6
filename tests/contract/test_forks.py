"""A process that forks while its threads use a client: the child can use it, too."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from .conftest import Serve

_SCRIPT = """
import os, signal, sys, threading
from batchcompute import Client
from batchcompute._http import environment, synchronous
from batchcompute.retry import RetryBudget

client = Client(sys.argv[1], "id", "secret")
inside, over = threading.Event(), threading.Event()

def connecting():
    usual = synchronous._own_sender
    def slow(endpoint):
        inside.set()
        assert over.wait(100)
        return usual(endpoint)
    synchronous._own_sender = slow
    client.get_job("j")

def holding(lock):
    with lock:
        inside.set()
        assert over.wait(100)

def using():
    for _ in range(3):
        client.get_job("j")
        inside.set()
    assert over.wait(100)

busy = {
    "connecting": connecting,
    "spending": lambda: holding(client._transport.budget._lock),
    "loading": lambda: holding(environment._loading),
    "using": using,
}[sys.argv[2]]
thread = threading.Thread(target=busy)
usual = synchronous._own_sender
thread.start()
assert inside.wait(100)
child = os.fork()
if child == 0:
    signal.alarm(60)
    synchronous._own_sender = usual
    assert client.get_job("j").Id == "x"
    assert client._transport.budget.spend()
    environment.trusted()
    Client.register_region("cn-forked", "forked.example")
    assert Client.get_regions()["cn-forked"] == "forked.example"
    os._exit(0)
over.set()
thread.join()
_, status = os.waitpid(child, 0)
assert status == 0, status
assert client.get_job("j").Id == "x"
"""


@pytest.mark.parametrize("busy", ["connecting", "spending", "loading", "using"])
def test_child_of_a_process_whose_thread_is_busy_can_use_the_client(
    busy: str, serve: Serve
) -> None:
    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        body = b'{"Id":"x"}'
        head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body)

    # Python warns of forks beside threads, which is what this is about.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _SCRIPT]
    done = subprocess.run(
        [*command, serve(treat), busy], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
