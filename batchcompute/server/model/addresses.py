"""Addresses of this machine: whether others reach them, and one for each of its VMs."""

from __future__ import annotations

import ipaddress

#: 127.0.x.x is left to the machine's own services, and no octet at the end is 0 or 255, which some
#: programs take for a network or a broadcast.
_LAST, _THIRD, _SECOND = 254, 256, 255
_ADDRESSES = _LAST * _THIRD * _SECOND


def loopback_address(number: int) -> str:
    """Return the loopback address of a VM.

    All of 127.0.0.0/8 is this machine, so a server that a program starts on its VM's address is
    reached there, and programs that tell VMs by their addresses can.

    Args:
        number: Number of the VM. Two VMs share an address only if more than 16 million others
            were made between them.

    Returns:
        An address from 127.1.0.1 to 127.255.255.254.
    """
    rest, last = divmod(number % _ADDRESSES, _LAST)
    second, third = divmod(rest, _THIRD)
    return f"127.{second + 1}.{third}.{last + 1}"


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
