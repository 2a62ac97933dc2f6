"""Secrets at rest: sealed with a key that lies in a file of its own.

Whoever checks an HMAC needs the secret itself, so that it cannot be kept as a hash. What is sealed
is of no use without the other file: a copy of one file alone, as in a report or an editor's
back-up, gives no secret away. Whoever reads the whole folder has both.
"""

from __future__ import annotations

from pathlib import Path

from batchcompute.server.model.errors import StartError
from batchcompute.server.model.private_files import write_private

try:
    from cryptography.fernet import Fernet, InvalidToken
except ImportError as error:
    raise StartError(
        f"keys of accounts need a package that is not installed ({error.name}): "
        "pip install 'batchcompute[sharing]'"
    ) from error


class Seal:
    """Seals secrets, and opens what it has sealed."""

    def __init__(self, path: Path) -> None:
        """Name the file of the key; it is read, or made, when it is needed."""
        self._path = path
        self._fernet: Fernet | None = None

    def close(self, secret: str) -> str:
        """Return a secret as it may be written down.

        Raises:
            StartError: The key cannot be read or made.
        """
        return self._opened(make=True).encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return a secret that was sealed.

        Raises:
            StartError: The key cannot be read, or is another one.
        """
        try:
            return self._opened(make=False).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise StartError(
                f"the key {self._path} is not the one that the secrets were sealed with"
            ) from None

    def _opened(self, *, make: bool) -> Fernet:
        if self._fernet is None:
            if make and not self._path.exists():
                write_private(self._path, Fernet.generate_key())
            try:
                self._fernet = Fernet(self._path.read_bytes().strip())
            except (OSError, ValueError) as error:
                raise StartError(f"the key {self._path} cannot be read: {error}") from error
        return self._fernet
