"""The files about itself that an agent keeps, so that it is the same after a restart."""

from __future__ import annotations

import os
from pathlib import Path

from batchcompute.server.model.boot import boot_id


class OwnFolder:
    """The name of an agent, and the VM that it is."""

    def __init__(self, path: Path) -> None:
        """Take a folder, which is made by `open`."""
        self.path = path

    def open(self) -> None:
        """Make the folder, if it is not there."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

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
