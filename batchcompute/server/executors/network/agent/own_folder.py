"""The folder of an agent: it is the same agent after a restart, and nobody else is meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

from batchcompute.server.model.boot import boot_id
from batchcompute.server.model.file_lock import FileLock, LockedError


class OwnFolder:
    """The name of an agent, and the VM that it is."""

    def __init__(self, path: Path) -> None:
        """Take a folder, which is made by `open`."""
        self.path = path
        self._lock = FileLock(path / "lock")

    def open(self) -> None:
        """Have the folder for this process alone, until `close` or its end; make it if need be.

        Raises:
            RuntimeError: Another process has it.
            OSError: It cannot be made, or nothing be written there.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._lock.acquire()
        except LockedError as error:
            raise RuntimeError(
                f"another agent or server (process {error.holder}) already uses the folder "
                f"{self.path}; choose one of its own with --data-dir"
            ) from None

    def close(self) -> None:
        """Let others have the folder."""
        self._lock.release()

    def name(self) -> str:
        """Return what names this folder, made at the first start."""
        path = self.path / "agent-id"
        try:
            if line := path.read_text().strip():
                return line
        except FileNotFoundError:
            pass
        line = os.urandom(16).hex()
        temporary = path.with_name(f"{path.name}.new")
        with temporary.open("w") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        return line

    def machine(self) -> str:
        """Return what names this folder among copies of it, until the system is started again.

        Containers of one machine may have one host name, and copies of one folder, but none of them
        has the same place.
        """
        if not (boot := boot_id()):
            return ""
        place = self.path.stat()
        return f"{boot}.{place.st_dev}.{place.st_ino}"

    def vm(self) -> str:
        """Return the VM that the agent was last; "" if it is free to be another one."""
        try:
            return (self.path / "vm").read_text().strip()
        except FileNotFoundError:
            return ""

    def remember_vm(self, vm_id: str) -> None:
        """Keep which VM the agent is."""
        (self.path / "vm").write_text(f"{vm_id}\n")

    def forget_vm(self) -> None:
        """Let the agent be another VM."""
        (self.path / "vm").unlink(missing_ok=True)
