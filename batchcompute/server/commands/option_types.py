"""Types of the options of `serve`: each reads a value, or says what is wrong with it."""

from __future__ import annotations

import argparse

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.commands.agent_options import seconds
from batchcompute.server.model.vm_images import parse_stand_in
from batchcompute.server.objects.address import OssAddress
from batchcompute.server.objects.errors import InvalidAddressError


def port(text: str) -> int:
    """Read the number of a port.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("must be a port, from 0 to 65535")
    return int(text)


def address(text: str) -> tuple[str, int]:
    """Read `[HOST:]PORT`; without a host it is this machine alone.

    Raises:
        ArgumentTypeError: It is none.
    """
    host, _, number = text.rpartition(":")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", port(number)


def console(text: str) -> tuple[str, int | None]:
    """Read the address of the console; its port is None where `auto` leaves it open.

    Raises:
        ArgumentTypeError: It is none.
    """
    return ("127.0.0.1", None) if text == "auto" else address(text)


def positive(text: str) -> int:
    """Read a whole number from 1 on.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number of 1 or more")
    return int(text)


def count(text: str) -> int:
    """Read a whole number from 0 on.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not text.isdigit():
        raise argparse.ArgumentTypeError("must be a whole number of 0 or more")
    return int(text)


def days(text: str) -> float:
    """Read a number of days.

    Raises:
        ArgumentTypeError: It is none.
    """
    try:
        return seconds(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError("must be a number of days, 0 or more") from None


def folder_address(text: str) -> str:
    """Read the `oss://` address of a folder, with or without its last slash; "" for none.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not text:
        return ""
    wanted = text if text.endswith("/") else f"{text}/"
    try:
        OssAddress.parse(wanted)
    except InvalidAddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return wanted


def access_key(text: str) -> AccessKey:
    """Read `ID:SECRET`.

    Raises:
        ArgumentTypeError: It is none.
    """
    try:
        return AccessKey.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def stand_in(text: str) -> tuple[str, str]:
    """Read `ID=CONTAINER`: a VM image, and the container image that stands for it.

    Raises:
        ArgumentTypeError: It is none.
    """
    try:
        return parse_stand_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
