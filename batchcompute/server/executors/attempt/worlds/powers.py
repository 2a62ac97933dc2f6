"""What keeps a program within its world that runs as root, because the service does.

Root could take away the mounts that cover the service's data, and read the disks below all file
systems. Programs of any other user can do neither, and run as before.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

#: What programs keep of root's capabilities, by their numbers: those of a container, and what
#: computing may need on top. None of them reaches beyond namespaces: it takes CAP_SYS_ADMIN to
#: mount and unmount, CAP_MKNOD and CAP_SYS_RAWIO to get at devices, and CAP_DAC_READ_SEARCH to open
#: files that no path leads to.
_KEPT: Final = {
    0: "CAP_CHOWN",
    1: "CAP_DAC_OVERRIDE",
    3: "CAP_FOWNER",
    4: "CAP_FSETID",
    5: "CAP_KILL",
    6: "CAP_SETGID",
    7: "CAP_SETUID",
    8: "CAP_SETPCAP",
    10: "CAP_NET_BIND_SERVICE",
    13: "CAP_NET_RAW",
    14: "CAP_IPC_LOCK",
    18: "CAP_SYS_CHROOT",
    19: "CAP_SYS_PTRACE",
    23: "CAP_SYS_NICE",
    24: "CAP_SYS_RESOURCE",
    31: "CAP_SETFCAP",
}
#: Where the system names its disks, and the devices that commands are sent to disks by.
_RAW: Final = (Path("/sys/class/block"), Path("/sys/class/scsi_generic"), Path("/sys/class/bsg"))


def confine_root() -> Iterator[str]:
    """Yield the arguments of bubblewrap that a program of root is confined by."""
    if os.geteuid() != 0:
        return
    yield from ("--cap-drop", "ALL")
    for name in _kept():
        yield from ("--cap-add", name)
    for device in _raw_devices():
        yield from ("--ro-bind-try", os.devnull, device)


@cache
def _kept() -> Sequence[str]:
    """Return the capabilities that programs keep, of those that this process has."""
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    ours = 0 if found is None else int(found[1], 16)
    return [name for number, name in _KEPT.items() if ours >> number & 1]


def _raw_devices() -> Iterator[str]:
    for folder in _RAW:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            # sysfs writes a slash in a device's name as an exclamation mark.
            device = f"/dev/{'bsg/' if folder.name == 'bsg' else ''}{name.replace('!', '/')}"
            if _is_device(device):
                yield device


def _is_device(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return stat.S_ISBLK(mode) or stat.S_ISCHR(mode)
