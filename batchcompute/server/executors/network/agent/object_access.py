"""Where an agent finds the objects of its service."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from batchcompute.server.executors.network.agent.options import BY_PORT, AgentOptions
from batchcompute.server.executors.network.protocol import ObjectKey, Welcome
from batchcompute.server.model.private_files import write_private
from batchcompute.server.objects.remote.location import EVERY_ACCOUNT

#: Below the agent's folder: the key for the server's port, and the certificates to trust there.
_KEY, _TRUSTED = "objects.key", "objects.pem"


def objects_url(options: AgentOptions, folder: Path, welcome: Welcome, server: str) -> str:
    """Return where an agent finds the objects, as `open_store` takes it.

    Args:
        options: What it was started with.
        folder: Its own, where the key for the server's port is kept.
        welcome: What the server has said.
        server: The URL of the server that has answered.

    Raises:
        RuntimeError: They are to be found where they are not.
    """
    port, chosen = welcome.port, options.objects
    if chosen and chosen != BY_PORT:
        return chosen
    if port is None:
        if chosen:
            raise RuntimeError(
                f"--objects {BY_PORT}: the service keeps no objects itself, they are those of "
                f"{welcome.objects}"
            )
        return welcome.objects
    if not chosen and _reads(port.proof_path, port.proof):
        return welcome.objects
    if not (folder / _KEY).exists():
        # Nothing is asked for before the VM is known, whose key takes its place.
        write_private(folder / _KEY, b"none:none\n")
    if options.trusted:
        write_private(folder / _TRUSTED, options.trusted.encode())
    query = {
        "endpoint": server,
        "region": port.region,
        "style": "path",
        "credentials": str(folder / _KEY),
        "account": EVERY_ACCOUNT,
    }
    if options.trusted:
        query["ca"] = str(folder / _TRUSTED)
    return f"oss://?{urlencode(query)}"


def take_key(folder: Path, key: ObjectKey | None) -> None:
    """Have the programs of a VM reach the objects, if that is by the server's port.

    Those of a former VM of this agent must have ended: they would find it as well.

    Args:
        folder: The agent's own.
        key: The VM's; None if it needs none.

    Raises:
        OSError: It cannot be written.
    """
    path = folder / _KEY
    if key is not None and path.exists():
        data = f"{key.key_id}:{key.secret}:{key.token}\n".encode()
        if path.read_bytes() != data:
            write_private(path, data)


def _reads(path: str, text: str) -> bool:
    """Return whether a file can be read here, and holds a text."""
    try:
        return bool(text) and Path(path).read_text().strip() == text
    except (OSError, UnicodeDecodeError):
        return False
