"""What keeps a program within its world that runs as root, because the service does.

Root could take away the mounts that cover the service's data, and read the disks below all file
systems. Programs of any other user can do neither, and run as before.
"""

from __future__ import annotations

import os
import re
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


def confine_root() -> Iterator[str]:
    """Yield the arguments of bubblewrap that take from a program of root what it must not have."""
    if os.geteuid() != 0:
        return
    yield from ("--cap-drop", "ALL")
    for name in _kept():
        yield from ("--cap-add", name)


@cache
def _kept() -> Sequence[str]:
    """Return the capabilities that programs keep, of those that this process has."""
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    ours = 0 if found is None else int(found[1], 16)
    return [name for number, name in _KEPT.items() if ours >> number & 1]
