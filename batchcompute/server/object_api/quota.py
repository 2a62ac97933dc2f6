"""The limits of accounts, as the object protocol asks for them."""

from __future__ import annotations

from typing import Protocol

from batchcompute.server.object_api.errors import OssError


class Quota(Protocol):
    """The limits of accounts. Each method returns the limit that forbids something, or None."""

    def take_room(self, bucket: str, size: int) -> int | None:
        """Count bytes that are about to be written to a bucket."""
        ...

    def take_bucket(self, bucket: str, account: int) -> int | None:
        """Look whether an account may have a bucket of this name as well."""
        ...

    def take_upload(self, bucket: str) -> int | None:
        """Look whether an upload in parts may be begun in a bucket."""
        ...


def refuse_beyond(what: str, most: int | None) -> None:
    """Refuse what a limit forbids.

    Args:
        what: What is limited, by the names of `model.limits`.
        most: The limit; None if it forbids nothing.

    Raises:
        OssError: It forbids it.
    """
    if most is not None:
        text = f"The {what} ({most}) quota of the bucket's account is exhausted."
        raise OssError(403, "QuotaExceeded", text, "0003-00000009")
