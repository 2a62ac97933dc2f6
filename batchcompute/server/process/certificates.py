"""Certificates for the port of agents: one authority for a service, which its agents trust."""

from __future__ import annotations

import socket
from collections.abc import Collection
from pathlib import Path

from batchcompute.server.model.errors import StartError

#: Names of the files: what agents trust, its key, and what the port shows.
AUTHORITY, AUTHORITY_KEY = "ca.pem", "ca.key"
CERTIFICATE, CERTIFICATE_KEY = "server.pem", "server.key"

#: Names of this machine for itself.
_ALWAYS = ("localhost", "127.0.0.1", "::1")


def make_certificates(folder: Path, names: Collection[str] = ()) -> None:
    """Make a certificate for a service, signed by an authority that is made if there is none.

    Agents that trust the authority trust the new certificate as well.

    Args:
        folder: Where the files are written, for their owner only.
        names: Host names and addresses of the service, besides those of this machine for itself.

    Raises:
        StartError: The package that makes them is not installed, or nothing can be written.
    """
    # It needs a package of an extra.
    from batchcompute.server.process.authority import Authority

    authority = Authority(folder / AUTHORITY, folder / AUTHORITY_KEY)
    wanted = dict.fromkeys([*_ALWAYS, socket.gethostname(), *names])
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / AUTHORITY).exists():
            authority.make()
        authority.certify(wanted, folder / CERTIFICATE, folder / CERTIFICATE_KEY)
    except (OSError, ValueError) as error:
        raise StartError(f"certificates cannot be made in {folder}: {error}") from error


def have_certificate(folder: Path, wanted: Collection[str]) -> None:
    """See that there is a certificate, and that it is good for the names of the service.

    One that this package did not make is left as it is.

    Args:
        folder: See `make_certificates`.
        wanted: Host names and addresses that agents join. Those of this machine for itself are in
            any certificate.

    Raises:
        StartError: It cannot be made or read.
    """
    shown = folder / CERTIFICATE
    if shown.exists():
        missing = {*wanted} - {*_ALWAYS}
        if not missing or not (folder / AUTHORITY_KEY).exists():
            return
        names = _names_of(shown)
        if missing <= {*names}:
            return
        make_certificates(folder, [*names, *wanted])
    else:
        make_certificates(folder, wanted)


def _names_of(path: Path) -> list[str]:
    from batchcompute.server.process.authority import names_of

    try:
        return names_of(path)
    except (OSError, ValueError) as error:
        raise StartError(f"the certificate {path} cannot be read: {error}") from error
