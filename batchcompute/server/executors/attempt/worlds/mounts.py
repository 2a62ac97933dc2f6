"""The system's calls about mounts and mount namespaces, which Python has late or not at all."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

NEW_MOUNTS: Final = 0x00020000
NEW_USERS: Final = 0x10000000

READ_ONLY: Final = 1
NO_SET_UID: Final = 2
NO_DEVICES: Final = 4

_MS_REMOUNT, _MS_BIND = 1 << 5, 1 << 12
_MS_REC, _MS_SLAVE = 1 << 14, 1 << 19
_MNT_DETACH = 2
_LIBC: ctypes.CDLL | None = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
if _LIBC is not None:  # pyright: ignore[reportUnnecessaryComparison]  # on Linux it is not
    _LIBC.mount.argtypes = (*(ctypes.c_char_p,) * 3, ctypes.c_ulong, ctypes.c_char_p)

#: Whether this system has any of this.
HAS_MOUNTS: Final = sys.platform == "linux"


def mount(source: str, target: str, kind: str, options: str) -> None:
    """Mount a file system.

    Raises:
        OSError: The system refuses.
    """
    _mount(source, target, kind, 0, options)


def bind(source: str, target: str, flags: int) -> None:
    """Show a file at the place of another.

    Args:
        source: What is shown.
        target: Where; it is there.
        flags: Such as `READ_ONLY`.

    Raises:
        OSError: The system refuses; what is half done is undone.
    """
    _mount(source, target, "", _MS_BIND, "")
    try:
        # Flags are not taken over at once.
        _mount("", target, "", _MS_BIND | _MS_REMOUNT | flags, "")
    except OSError:
        unmount(target)
        raise


def unmount(target: str) -> None:
    """Unmount something if it is mounted, once nobody uses it."""
    assert _LIBC is not None
    _LIBC.umount2(os.fsencode(target), _MNT_DETACH)


def unshare(flags: int) -> None:
    """Give this process namespaces of its own.

    Args:
        flags: `NEW_MOUNTS`, with a copy of the mounts that it has; with `NEW_USERS` as well, users
            of which none has been told.

    Raises:
        OSError: The system refuses.
    """
    assert _LIBC is not None
    if _LIBC.unshare(flags) != 0:
        raise _error("unshare")


def follow_machine() -> None:
    """Have what is mounted on the machine from now on seen here, and not the other way round.

    This process has mounts of its own already. What the machine does not share is not seen.

    Raises:
        OSError: The system refuses.
    """
    _mount("none", "/", "none", _MS_REC | _MS_SLAVE, "")


def enter(namespace: int, root: int) -> None:
    """Take this process to a mount namespace; its working directory is the root afterwards.

    Args:
        namespace: A descriptor of the namespace.
        root: A descriptor of the folder in it that is to be the root.

    Raises:
        OSError: The system refuses.
    """
    assert _LIBC is not None
    if _LIBC.setns(namespace, NEW_MOUNTS) != 0:
        raise _error("setns")
    # This process may have been in a root of its own, which the call above takes it out of.
    os.fchdir(root)
    os.chroot(".")


def _mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    assert _LIBC is not None
    arguments = (source.encode(), target.encode(), kind.encode(), flags, options.encode())
    if _LIBC.mount(*arguments) != 0:
        raise _error("mount")


def _error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")
