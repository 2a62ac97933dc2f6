"""Rules for addresses, and for their pairs with the paths that programs know them by."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from batchcompute.server.model.errors import ApiError, invalid
from batchcompute.server.objects import InvalidAddressError, OssAddress

#: A path of a program, what the error code names, and where it stands in the request.
Place = tuple[str, str, str]


def check_oss(address: str, code: str, path: str) -> None:
    """Refuse what is not an address.

    Args:
        address: The address, of an object or a directory.
        code: What the error code names.
        path: Where it stands in the request.

    Raises:
        ApiError: It has another form, or one that no object can have.
    """
    try:
        OssAddress.parse(address)
    except InvalidAddressError as error:
        raise _refusal(address, code, path, error) from error


def check_object(address: str, code: str, path: str) -> None:
    """Refuse what is not the address of an object.

    Args:
        address: The address.
        code: What the error code names.
        path: Where it stands in the request.

    Raises:
        ApiError: It is none, or that of a directory.
    """
    try:
        OssAddress.parse_object(address)
    except InvalidAddressError as error:
        raise _refusal(address, code, path, error) from error


def check_pair(address: str, local: str, code: str, path: str) -> None:
    """Refuse an address and a path that cannot be mapped to each other.

    Args:
        address: The address.
        local: The path that the program knows it by.
        code: What the error code names.
        path: Where the pair stands in the request.

    Raises:
        ApiError: One of them is none, or one names a directory and the other does not.
    """
    if not local.startswith("/"):
        raise invalid(code, f"{local!r} is not an absolute path.", path)
    check_local(local, code, path)
    if address.endswith("/") != local.endswith("/"):
        check_oss(address, code, path)
        detail = f"{address!r} and {local!r} must both end in / or neither of them."
        raise invalid(code, detail, path)
    if local.endswith("/"):
        check_oss(address, code, path)
    else:
        check_object(address, code, path)


def input_places(mapping: Mapping[str, str], path: str) -> dict[str, Place]:
    """Check the pairs of an InputMapping.

    Args:
        mapping: Address to local path.
        path: Where it stands in the request.

    Returns:
        The places that it takes, by address; whether one is taken twice is not checked.

    Raises:
        ApiError: A pair cannot be mapped.
    """
    code = "InputMapping"
    for source, local in mapping.items():
        check_pair(source, local, code, f"{path}.{source}")
    return {source: (local, code, f"{path}.{source}") for source, local in mapping.items()}


def check_local(local: str, code: str, path: str) -> None:
    """Refuse what is not a path.

    Args:
        local: The path; a relative one belongs to the working directory.
        code: What the error code names.
        path: Where it stands in the request.

    Raises:
        ApiError: No file can have this path.
    """
    if not local or "\0" in local:
        raise invalid(code, f"{local!r} is not a path.", path)


def check_places(places: Iterable[Place]) -> None:
    """Refuse a mapping that needs one place for two things.

    Args:
        places: The paths that it gives to programs.

    Raises:
        ApiError: A path is there twice, though perhaps written in another way.
    """
    taken: set[str] = set()
    for local, code, path in places:
        normal = posixpath.normpath(local)
        if normal in taken:
            raise invalid(code, f"{local!r} is mapped already.", path)
        taken.add(normal)


def directory(address: str) -> str:
    """Return an address with the slash at its end that makes it a directory; none stays none."""
    return address if not address or address.endswith("/") else address + "/"


def _refusal(address: str, code: str, path: str, error: InvalidAddressError) -> ApiError:
    detail = f"{address!r} is not of the form oss://bucket/key: {error.reason}."
    return invalid(code, detail, path)
