"""The options of `keys add`, `keys list` and the like."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, Final

from batchcompute.server.model import limits
from batchcompute.server.model.caller import Role

#: Hours for which the former key is good after a rotation.
_GRACE_HOURS: Final = 24.0
#: Hours for which a temporary key is good.
_TOKEN_HOURS: Final = 12.0

_LARGEST_WEIGHT = 1000
#: The options that set limits.
LIMITS: Final = {
    limits.JOBS: "--jobs",
    limits.INSTANCES: "--instances",
    limits.VMS: "--vms",
    limits.OBJECT_BYTES: "--object-bytes",
    limits.BUCKETS: "--buckets",
    limits.UPLOADS: "--uploads",
    limits.PRIORITY: "--priority",
}
#: The limit of an account that has none of this kind.
NO_LIMIT: Final = -1


def add_keys_parser(commands: Any) -> Iterable[argparse.ArgumentParser]:
    """Add the command `keys` to the command line of the service; return its actions.

    Args:
        commands: What `add_subparsers` of the service's parser returned.
    """
    keys = commands.add_parser("keys", help="say who may use the service, also while it runs")
    actions = keys.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_keys(actions)
    _add_temporary_keys(actions)
    _add_accounts(actions)
    _add_grants(actions)
    return tuple(actions.choices.values())


def _add_keys(actions: Any) -> None:
    """Add what is done with keys."""
    add = actions.add_parser("add", help="make a key, and its account if there is none yet")
    add.add_argument("name", metavar="NAME", help="what the key is called")
    add.add_argument(
        "--account",
        metavar="ACCOUNT",
        help="name or number of the account (default: one with the name of the key)",
    )
    add.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.USER.value,
        help="read looks only, user also changes what its account has, admin changes everything "
        "(default: %(default)s)",
    )
    actions.add_parser("list", help="print the keys, without their secrets")
    for name, what in (
        ("disable", "refuse a key until it is enabled again"),
        ("enable", "accept a key that was disabled"),
        ("remove", "forget a key; what its account has stays"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("key", metavar="KEY", help="name or id of the key")
    rotate = actions.add_parser("rotate", help="make a new key in the place of one")
    rotate.add_argument("key", metavar="KEY", help="name or id of the key")
    rotate.add_argument(
        "--grace-hours",
        type=_hours,
        default=_GRACE_HOURS,
        metavar="HOURS",
        help="how long the former key is accepted as well (default: %(default)g)",
    )


def _add_temporary_keys(actions: Any) -> None:
    """Add what makes temporary ones."""
    token = actions.add_parser("token", help="make a temporary key for a program")
    token.add_argument("key", metavar="KEY", help="name or id of the key that it acts for")
    token.add_argument(
        "--hours",
        type=_hours,
        default=_TOKEN_HOURS,
        metavar="HOURS",
        help="how long it is good (default: %(default)g)",
    )
    token.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.ADMIN.value,
        help="the most that it may do, within what the key may (default: as much as the key)",
    )


def _add_accounts(actions: Any) -> None:
    """Add what is done with accounts."""
    actions.add_parser("accounts", help="print the accounts and their limits")
    limit = actions.add_parser("limit", help="say what an account may have at the most")
    limit.add_argument("account", metavar="ACCOUNT", help="name or number of the account")
    for name, option in LIMITS.items():
        limit.add_argument(
            option, type=_limit, metavar="NUMBER", help=f"{limits.NAMES[name]}, or none"
        )
    limit.add_argument(
        "--weight",
        type=_weight,
        metavar="NUMBER",
        help="turns that it has where accounts take turns, to one of an account of weight 1",
    )


def _add_grants(actions: Any) -> None:
    """Add what accounts let each other use."""
    for name, what in (
        ("grant", "let an account use what belongs to another one"),
        ("revoke", "take a grant back"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("account", metavar="ACCOUNT", help="whom it is granted to")
        kinds = action.add_mutually_exclusive_group(required=True)
        kinds.add_argument("--cluster", metavar="ID", help="jobs may run on it")
        kinds.add_argument("--image", metavar="ID", help="jobs and clusters may use it")
        kinds.add_argument("--app", metavar="ACCOUNT/NAME", help="jobs may run it, as :NAME")
        kinds.add_argument("--bucket", metavar="NAME", help="its objects may be read")
        if name == "grant":
            action.add_argument(
                "--write", action="store_true", help="objects of the bucket may be written as well"
            )
    actions.add_parser("grants", help="print what was granted")


def attribute_of(name: str) -> str:
    """Return how the parser calls the option of a limit."""
    return LIMITS[name].removeprefix("--").replace("-", "_")


def _weight(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _LARGEST_WEIGHT:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_LARGEST_WEIGHT}")
    return int(text)


def _limit(text: str) -> int:
    if text == "none":
        return NO_LIMIT
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise argparse.ArgumentTypeError("must be a whole number of 0 or more, or none")
    return int(text)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours <= 24 * 366:
        raise argparse.ArgumentTypeError("must be a number of hours from 0 to 8784")
    return hours
