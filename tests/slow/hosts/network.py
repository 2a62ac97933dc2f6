"""Several hosts on one machine: network namespaces, and the wires between them.

A host has interfaces of its own, a name of its own, and does not see the server's folder. Packets
go over devices (TUN) that this process reads and writes, so that a test can delay them, lose some
of them by chance, and cut a wire in one direction or in both, while a connection lasts. The
kernel's own means for that (netem) are not in every kernel.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import heapq
import os
import random
import selectors
import struct
import subprocess
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

_DEVICE = "/dev/net/tun"
#: See `linux/if_tun.h`: a device of bare IP packets.
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_LONGEST_PACKET = 65536

#: What a host sends to the server, and what the server sends to it.
Direction = Literal["requests", "answers"]
BOTH: tuple[Direction, ...] = ("requests", "answers")

#: How many networks there can be at once, of what RFC 2544 keeps free for trials of networks.
_MOST_NETWORKS = 512
_networks = count(os.getpid())


@dataclass(eq=False)
class Host:
    """Another machine, as far as programs can tell.

    Attributes:
        name: Of its namespace, and of the host.
        address: Where it is reached.
        device: The descriptor that its packets are read from and written to.
        cut: The directions in which nothing comes through.
        delay: How long a packet takes, in seconds, in either direction.
        loss: Of how many packets one is lost, as a share.
        cut_after: Bytes that may still be sent to the server, then the wire is cut; None for any.
    """

    name: str
    address: str
    device: int
    cut: Collection[Direction] = ()
    delay: float = 0.0
    loss: float = 0.0
    cut_after: int | None = None

    def command(self, *words: str, hidden: Path) -> list[str]:
        """Return a command line that runs another one on this host.

        Args:
            *words: That command.
            hidden: A folder that is not there.
        """
        script = 'hostname "$1" && mount -t tmpfs none "$2" && shift 2 && exec "$@"'
        within = ["ip", "netns", "exec", self.name, "unshare", "--mount", "--uts"]
        return [*within, "sh", "-c", script, "sh", self.name, str(hidden), *words]


@dataclass(order=True)
class _Packet:
    due: float
    number: int
    device: int = field(compare=False)
    data: bytes = field(compare=False)


class Network:
    """The wires between this machine and its hosts.

    Attributes:
        address: Where hosts reach this machine.
        hosts: The hosts, by their names.
    """

    def __init__(self, hosts: int, seed: int = 1) -> None:
        """Make a network, with administrator rights.

        Args:
            hosts: How many hosts there are.
            seed: Of the chance by which packets are lost.
        """
        self.hosts: dict[str, Host] = {}
        self._chance = random.Random(seed)
        self._waiting: list[_Packet] = []
        self._numbers = count()
        self._stack = contextlib.ExitStack()
        self._closing, self._close = os.pipe()
        self._stack.callback(os.close, self._closing)
        self._stack.callback(os.close, self._close)
        try:
            number, self._hub = self._claim()
            self._prefix = f"198.{18 + number % 2}.{number // 2}"
            self.address = f"{self._prefix}.1"
            _ip("address", "add", f"{self.address}/24", "dev", f"bc{number}n0")
            _ip("link", "set", f"bc{number}n0", "up")
            for at in range(1, hosts + 1):
                self._add(f"bc{number}n{at}", f"{self._prefix}.{at + 1}")
        except BaseException:
            self._stack.close()
            raise
        self._by_address = {each.address: each for each in self.hosts.values()}
        self._by_device = {each.device: each for each in self.hosts.values()}
        self._thread = threading.Thread(target=self._carry, name="wires", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the network away; whatever runs on its hosts should have ended."""
        os.write(self._close, b".")
        self._thread.join()
        self._stack.close()

    def heal(self) -> None:
        """Let everything through again, at once."""
        for host in self.hosts.values():
            host.cut, host.delay, host.loss, host.cut_after = (), 0.0, 0.0, None

    def _claim(self) -> tuple[int, int]:
        """Return the number of a network that nobody else has, and its first device."""
        for _ in range(_MOST_NETWORKS):
            number = next(_networks) % _MOST_NETWORKS
            try:
                return number, self._device(f"bc{number}n0")
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
        raise OSError(errno.EBUSY, "too many networks")

    def _add(self, name: str, address: str) -> None:
        _ip("netns", "add", name)
        self._stack.callback(_ip, "netns", "delete", name)
        device = self._device(name)
        _ip("link", "set", name, "netns", name)
        _ip("-n", name, "address", "add", f"{address}/24", "dev", name)
        _ip("-n", name, "link", "set", name, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        self.hosts[name] = Host(name, address, device)

    def _device(self, name: str) -> int:
        device = os.open(_DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._stack.callback(os.close, device)
        flags = _IFF_TUN | _IFF_NO_PI
        # Refused as busy while another process has it.
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        return device

    def _carry(self) -> None:
        """Carry packets until the end."""
        with selectors.DefaultSelector() as selector:
            for device in (self._closing, self._hub, *self._by_device):
                selector.register(device, selectors.EVENT_READ)
            while True:
                pause = max(0.0, self._waiting[0].due - time.monotonic()) if self._waiting else None
                for key, _ in selector.select(pause):
                    if key.fd == self._closing:
                        return
                    self._read(key.fd)
                while self._waiting and self._waiting[0].due <= time.monotonic():
                    packet = heapq.heappop(self._waiting)
                    # A device that is not up any more takes none.
                    with contextlib.suppress(OSError):
                        os.write(packet.device, packet.data)

    def _read(self, device: int) -> None:
        for _ in range(64):
            try:
                data = os.read(device, _LONGEST_PACKET)
            except OSError:
                return
            if len(data) < 20 or data[0] >> 4 != 4:
                continue  # Only IPv4 goes over these wires.
            if device != self._hub:
                host, direction, to = self._by_device[device], "requests", self._hub
            elif (found := self._by_address.get(".".join(map(str, data[16:20])))) is not None:
                host, direction, to = found, "answers", found.device
            else:
                continue
            if direction == "requests" and host.cut_after is not None:
                host.cut_after -= len(data)
                if host.cut_after < 0:
                    host.cut = BOTH
            if direction in host.cut or self._chance.random() < host.loss:
                continue
            packet = _Packet(time.monotonic() + host.delay, next(self._numbers), to, data)
            heapq.heappush(self._waiting, packet)


@contextlib.contextmanager
def network(hosts: int) -> Iterator[Network]:
    """Make a network for a block; skip the test, and say so, where that is not allowed."""
    try:
        made = Network(hosts)
    except (OSError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", "") or error
        pytest.skip(f"no network namespaces here, which need root and {_DEVICE}: {words}")
    try:
        yield made
    finally:
        made.close()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
