"""Checks of names that stand as keys, where the specification cannot reach them."""

from __future__ import annotations

import re

from batchcompute.server.model.errors import invalid

_NAME = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]*")
MAX_LENGTH = 64


def check_name(name: str, code: str, path: str) -> None:
    """Refuse a name of wrong length or characters.

    Names of tasks are parts of paths, of object names and of the ids of attempts, and those of
    groups of the ids of pools, so neither may hold what has a meaning there.

    Args:
        name: The name.
        code: What the error code names.
        path: Where it stands in the request.

    Raises:
        ApiError: It is not 1 to 64 of the allowed characters.
    """
    if not 1 <= len(name) <= MAX_LENGTH:
        raise invalid(code, f"Its length must be in [1, {MAX_LENGTH}].", path)
    if not _NAME.fullmatch(name):
        detail = (
            "It must only contain characters within [a-zA-Z0-9_-], and must not start with [0-9]."
        )
        raise invalid(code, detail, path)
