"""Whether a folder lies on a file system of another machine, where SQLite is not safe."""

from __future__ import annotations

import os
from pathlib import Path

#: File systems of other machines. Locks and shared memory, which SQLite builds on, are not to be
#: relied on there, and neither is that a link made is a link seen.
NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "coda", "ncpfs"),
        *("ceph", "glusterfs", "gpfs", "lustre", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
    }
)

_MOUNTS = Path("/proc/self/mountinfo")


def network_kind(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the kind of the network file system that a folder lies on.

    Args:
        folder: A folder that is there.
        mounts: Where the system lists its mounts (proc(5), mountinfo).

    Returns:
        Its kind, such as "nfs4", or None if the file system is this machine's own, or if this
        system does not tell.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    device = os.stat(folder).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        left, _, right = line.partition(" - ")
        if left.split()[2] == wanted and (kind := right.split()[0]) in NETWORK:
            return kind
    return None
