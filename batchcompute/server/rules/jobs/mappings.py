"""Rules for addresses, and for their pairs with the paths that programs know them by."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from batchcompute.server.model.errors import ApiError, invalid
from batchcompute.server.objects import InvalidAddressError, OssAddress

#: A path of a program, its address, what the error code names, and where it stands in the request.
Place = tuple[str, str, str, str]


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
        ApiError: One of them is none.
    """
    # A slash at the end of either side makes both a directory, so it is not asked for on both.
    if not local.startswith("/"):
        raise invalid(code, f"{local!r} is not an absolute path.", path)
    check_local(local, code, path)
    check_oss(address, code, path)


def input_places(mapping: Mapping[str, str], path: str) -> list[Place]:
    """Check the pairs of an InputMapping.

    Args:
        mapping: Address to local path.
        path: Where it stands in the request.

    Returns:
        The places that it takes; whether one is taken twice is not checked.

    Raises:
        ApiError: A pair cannot be mapped.
    """
    code = "InputMapping"
    for source, local in mapping.items():
        check_pair(source, local, code, f"{path}.{source}")
    return [(local, source, code, f"{path}.{source}") for source, local in mapping.items()]


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
        ApiError: A path is there twice with different addresses, one of which nobody would see.
    """
    taken: dict[str, str] = {}
    for local, address, code, path in places:
        normal = posixpath.normpath(local)
        if not is_same_place(taken.setdefault(normal, address), address):
            raise invalid(code, f"{local!r} is mapped already.", path)


def is_same_place(one: str, other: str) -> bool:
    """Return whether two paths, or two addresses, differ in the slash at their end at the most."""
    return one.removesuffix("/") == other.removesuffix("/")


def directory(address: str) -> str:
    """Return an address with the slash at its end that makes it a directory; none stays none."""
    return address if not address or address.endswith("/") else address + "/"


def _refusal(address: str, code: str, path: str, error: InvalidAddressError) -> ApiError:
    detail = f"{address!r} is not of the form oss://bucket/key: {error.reason}."
    return invalid(code, detail, path)
