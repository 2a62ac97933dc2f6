"""Writing objects again that a power cut may have taken."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from batchcompute.server.objects.errors import ObjectStoreError
from batchcompute.server.objects.folder import FolderStore
from batchcompute.server.objects.unsynced import Unsynced, system_boot


def restore(unsynced: Iterable[Unsynced], *, distrust: bool = False) -> None:
    """Write objects durably that were left unsynced, as far as the disk has not got them.

    One that somebody else has replaced or changed since is left as it is.

    Args:
        unsynced: The objects.
        distrust: The disk failed: also those are written of which it only seems to have all.

    Raises:
        ObjectStoreError: One cannot be written.
    """
    for each in unsynced:
        # Without a power cut everything is as it was written.
        had_power = bool(each.boot) and each.boot == system_boot()
        if not had_power or distrust:
            _restore(each, distrust)


def _restore(each: Unsynced, distrust: bool) -> None:
    if not Path(each.folder).is_dir():
        raise ObjectStoreError(each.address, f"the folder of the objects, {each.folder}, is gone")
    store = FolderStore(Path(each.folder))
    path = store.local_path(each.address)
    if path is not None:
        try:
            status = path.stat()
            if (status.st_ino, status.st_mtime_ns) != (each.inode, each.modified_ns):
                return
            if not distrust and path.read_bytes() == each.content:
                return
        except OSError as error:
            raise ObjectStoreError(each.address, f"{error.strerror or error}") from error
    store.put_bytes(each.content, each.address)
