"""Where an agent finds the objects of its service."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from batchcompute.server.executors.network.agent.options import BY_PORT, AgentOptions
from batchcompute.server.executors.network.protocol import Welcome
from batchcompute.server.model.private_files import write_private
from batchcompute.server.objects.remote.location import EVERY_ACCOUNT


def objects_url(options: AgentOptions, folder: Path, welcome: Welcome, server: str) -> str:
    """Return where an agent finds the objects, as `open_store` takes it.

    Args:
        options: What it was started with.
        folder: Its own, where the key of the server's port is kept.
        welcome: What the server has said.
        server: The URL of the server that has answered.

    Raises:
        RuntimeError: They are to be found where they are not.
    """
    key, chosen = welcome.port, options.objects
    if chosen and chosen != BY_PORT:
        return chosen
    if key is None:
        if chosen:
            raise RuntimeError(
                f"--objects {BY_PORT}: the service keeps no objects itself, they are those of "
                f"{welcome.objects}"
            )
        return welcome.objects
    if not chosen and _reads(key.proof_path, key.proof):
        return welcome.objects
    files = {"objects.key": f"{key.key_id}:{key.secret}:{key.token}\n"}
    if options.trusted:
        files["objects.pem"] = options.trusted
    for name, text in files.items():
        write_private(folder / name, text.encode())
    query = {
        "endpoint": server,
        "region": key.region,
        "style": "path",
        "credentials": str(folder / "objects.key"),
        "account": EVERY_ACCOUNT,
    }
    if options.trusted:
        query["ca"] = str(folder / "objects.pem")
    return f"oss://?{urlencode(query)}"


def _reads(path: str, text: str) -> bool:
    """Return whether a file can be read here, and holds a text."""
    try:
        return bool(text) and Path(path).read_text().strip() == text
    except (OSError, UnicodeDecodeError):
        return False
