"""Writing objects again that a power cut may have taken."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from batchcompute.server.model.boot import boot_id
from batchcompute.server.objects.errors import ObjectStoreError
from batchcompute.server.objects.file_systems import FileSystem
from batchcompute.server.objects.folder import FolderStore
from batchcompute.server.objects.unsynced import Unsynced


def restore(unsynced: Collection[Unsynced], *, distrust: bool = False) -> None:
    """Write objects durably that were left unsynced, as far as the disk has not got them.

    One that somebody else has replaced or changed since is left as it is. All are synced together,
    at the end: if the power fails before that, they are as good as never written again.

    Args:
        unsynced: The objects.
        distrust: The disk failed: also those are written of which it only seems to have all.

    Raises:
        ObjectStoreError: One cannot be written.
        OSError: They cannot be synced.
    """
    for folder in {each.folder for each in unsynced}:
        _restore_folder(folder, [each for each in unsynced if each.folder == folder], distrust)


def _restore_folder(folder: str, unsynced: Collection[Unsynced], distrust: bool) -> None:
    # Without a power cut everything is as it was written.
    doubtful = [each for each in unsynced if distrust or not _had_power_since(each)]
    if not doubtful:
        return
    if not Path(folder).is_dir():
        address = doubtful[0].address
        raise ObjectStoreError(address, f"the folder of the objects, {folder}, is gone")
    store = FolderStore(Path(folder))
    file_system = FileSystem(Path(folder))
    try:
        for each in doubtful:
            if _is_missing(store, each, distrust):
                store.write_again(each)
        file_system.sync()
    finally:
        file_system.close()


def _is_missing(store: FolderStore, each: Unsynced, distrust: bool) -> bool:
    """Return whether the disk has not got an object, although nobody has changed or removed it."""
    path = store.local_path(each.address)
    if path is None:
        return not _had_power_since(each)
    try:
        is_same = path.stat().st_mtime_ns == each.modified_ns
        return is_same and (distrust or path.read_bytes() != each.content)
    except OSError as error:
        raise ObjectStoreError(each.address, f"{error.strerror or error}") from error


def _had_power_since(each: Unsynced) -> bool:
    return bool(each.boot) and each.boot == boot_id()
