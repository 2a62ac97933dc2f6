"""Which service the command talks to, and as whom.

In this order: the options, the environment, the configuration file, the service that runs on this
machine. Where an endpoint is given without a key and the service of this machine has that address,
its key is used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from batchcompute.cli.failures import CommandError, UsageError

#: Names in the configuration file, and the variables of the environment that they stand for.
SETTINGS: Final[Mapping[str, str]] = {
    "endpoint": "BATCHCOMPUTE_ENDPOINT",
    "region": "BATCHCOMPUTE_REGION",
    "access_key_id": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "access_key_secret": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "security_token": "ALIBABA_CLOUD_SECURITY_TOKEN",
    "oss_endpoint": "OSS_ENDPOINT",
    "oss_access_key_id": "OSS_ACCESS_KEY_ID",
    "oss_access_key_secret": "OSS_ACCESS_KEY_SECRET",
    "oss_security_token": "OSS_SESSION_TOKEN",
    "oss_region": "OSS_REGION",
    "bucket": "BATCHCOMPUTE_BUCKET",
    "data": "BATCHCOMPUTE_DATA",
}
_START: Final = "start one on this machine with `batchcompute serve`"


@dataclass(frozen=True, slots=True)
class Place:
    """A service, and how it is reached.

    Attributes:
        region: What a client is given: a URL, a host, or a region id.
        environment: Variables that say the key and where objects are.
    """

    region: str
    environment: Mapping[str, str]


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the configuration file is, or would be.

    Args:
        environ: The environment: `BATCHCOMPUTE_CONFIG`, or the user's folder (XDG).
    """
    named = environ.get("BATCHCOMPUTE_CONFIG")
    if named:
        return Path(named)
    base = environ.get("XDG_CONFIG_HOME")
    folder = Path(base) if base and Path(base).is_absolute() else Path.home() / ".config"
    return folder / "batchcompute" / "config.toml"


def find_place(endpoint: str, data: str, environ: Mapping[str, str] = os.environ) -> Place:
    """Find the service to talk to.

    Args:
        endpoint: What `--endpoint` says; "" if it was not given.
        data: What `--data` says; "" if it was not given.
        environ: The environment.

    Raises:
        CommandError: There is none, or no access key.
        UsageError: Two are named.
    """
    if endpoint and data:
        raise UsageError("--endpoint and --data both name a service: give one of them")
    known = {**_configured(environ), **{name: value for name, value in environ.items() if value}}
    if data:
        local = _local(data, known)
        if local is None:
            if not Path(data).is_dir():
                raise CommandError(f"there is no folder {data}, which --data names")
            raise CommandError(
                f"no service runs on the data folder {data}: "
                f"`batchcompute serve --data {data}` starts one"
            )
        return Place(local["BATCHCOMPUTE_ENDPOINT"], {**known, **local})
    where = endpoint or known.get("BATCHCOMPUTE_ENDPOINT", "")
    where = where or known.get("BATCHCOMPUTE_REGION", "")
    local = _local(known.get("BATCHCOMPUTE_DATA", ""), known)
    if not where:
        if local is None:
            raise CommandError(
                f"no service runs here and none is named: {_START}, "
                "or set BATCHCOMPUTE_ENDPOINT (batchcompute doctor checks it)"
            )
        return Place(local["BATCHCOMPUTE_ENDPOINT"], {**known, **local})
    if local is not None and _same(where, local["BATCHCOMPUTE_ENDPOINT"]):
        # Values set by hand win over those that the service announces.
        known = {**local, **known}
    return Place(where, known)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").replace("//localhost:", "//127.0.0.1:") == other.rstrip("/")


def _local(data: str, environ: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return the variables of the service that runs on a data folder, or None."""
    try:
        from batchcompute.server.model.errors import StartError
        from batchcompute.server.process.data_folder import DataFolder, default_data_folder
    except ImportError:
        return None  # a system that the service does not run on
    folder = DataFolder(Path(data) if data else default_data_folder(environ))
    try:
        where, key = folder.announced(), folder.stored_key()
    except StartError:
        return None
    if where is None or key is None:
        return None
    return where.environment(key)


def _configured(environ: Mapping[str, str]) -> dict[str, str]:
    path = config_file(environ)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if environ.get("BATCHCOMPUTE_CONFIG"):
            raise CommandError(
                f"there is no file {path}, which BATCHCOMPUTE_CONFIG names"
            ) from None
        return {}
    import tomllib

    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"{path}: {error}") from None
    for name, value in content.items():
        if name not in SETTINGS:
            raise CommandError(f"{path}: {name!r} is not a setting: {', '.join(SETTINGS)}")
        if not isinstance(value, str):
            raise CommandError(f"{path}: {name} must be a string")
    return {SETTINGS[name]: value for name, value in content.items()}
