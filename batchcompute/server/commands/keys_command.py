"""The commands that say who may use a service: `keys add`, `keys list` and the like.

They write a file of the data folder, which a running service reads again by itself.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.accounts.keyring import seal_path
from batchcompute.server.accounts.register import LAST_ACCOUNT, Account, Register, StoredKey
from batchcompute.server.accounts.temporary import TemporaryTokens
from batchcompute.server.commands.keys_options import LIMITS, NO_LIMIT, attribute_of
from batchcompute.server.model.caller import DEFAULT_ACCOUNT, OPERATOR, Grant, Kind, Role
from batchcompute.server.model.clock import SystemClock, to_wire
from batchcompute.server.model.errors import StartError
from batchcompute.server.objects.owners import BucketOwners
from batchcompute.server.process.data_folder import DATABASE_NAME, DataFolder
from batchcompute.server.store.lookup import lacks

#: The name of the service's own key, which is kept in plain text in a file of its own.
OWN_NAME: Final = "default"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NOT_A_NAME = (
    "{!r} is not a name: 1 to 64 letters, digits, '.', '_' and '-', starting with a letter or digit"
)

#: Actions that change nothing.
_READS: Final = ("list", "accounts", "grants")

#: Writes a line.
_Write = Callable[[str], None]


def run(options: argparse.Namespace, folder: DataFolder, answer: _Write, say: _Write) -> int:
    """Carry out a command.

    Args:
        options: The command line.
        folder: The data folder.
        answer: Writes a line for programs.
        say: Writes a line for people.

    Returns:
        The exit code, 0.

    Raises:
        StartError: It cannot be done, and why.
    """
    if folder.identity() is None and not folder.accounts.stamp():
        raise StartError(
            f"no service was ever started on {folder.path}: name its data folder with --data, or "
            "start it there first"
        )
    command = _Command(folder, answer, say)
    _run(command, options)
    if options.action not in _READS:
        # The service may write to the same file, and begins a new one when it is time.
        audit = AuditLog(folder.audit_log, largest=sys.maxsize)
        told = ("key", "name", "account", "role", "cluster", "image", "app", "bucket")
        target = {name: str(value) for name in told if (value := getattr(options, name, None))}
        now = to_wire(SystemClock().now())
        audit.write(OPERATOR, f"keys {options.action}", target, at=now)
        audit.close()
    return 0


def _run(command: _Command, options: argparse.Namespace) -> None:
    match options.action:
        case "add":
            command.add(options.name, options.account or options.name, Role(options.role))
        case "list":
            command.show_keys()
        case "disable" | "enable":
            command.disable(options.key, disabled=options.action == "disable")
        case "remove":
            command.remove(options.key)
        case "rotate":
            command.rotate(options.key, options.grace_hours)
        case "token":
            command.make_token(options.key, Role(options.role), options.hours)
        case "accounts":
            command.show_accounts()
        case "limit":
            given = {name: getattr(options, attribute_of(name)) for name in LIMITS}
            changes = {name: value for name, value in given.items() if value is not None}
            command.limit(options.account, changes, options.weight)
        case "grant":
            command.grant(options.account, _grant(options, write=options.write))
        case "revoke":
            command.revoke(options.account, _grant(options, write=False))
        case _:
            command.show_grants()


class _Command:
    """Carries out actions on the register of a data folder."""

    def __init__(self, folder: DataFolder, answer: _Write, say: _Write) -> None:
        self._folder = folder
        self._file = folder.accounts
        self._answer = answer
        self._say = say
        self._now = int(time.time())

    def add(self, name: str, account_name: str, role: Role) -> None:
        _check_name(name)
        key = AccessKey.generate()
        sealed = self._seal(key)
        with self._file.change() as register:
            if name == OWN_NAME or any(each.name == name for each in register.keys.values()):
                raise StartError(f"there is a key {name} already; remove it, or rotate it")
            account = register.account_named(account_name)
            if account is None:
                account = self._make_account(register, account_name)
            register.keys[key.key_id] = StoredKey(
                key.key_id, sealed, account.number, role, name, self._now
            )
        self._tell(key)

    def rotate(self, wanted: str, grace_hours: float) -> None:
        new = AccessKey.generate()
        sealed = self._seal(new)
        until = self._now + round(grace_hours * 3600)
        own = self._folder.stored_key()
        with self._file.change() as register:
            if own is not None and wanted in (OWN_NAME, own.key_id):
                former = StoredKey(
                    own.key_id,
                    self._seal(own),
                    DEFAULT_ACCOUNT,
                    Role.ADMIN,
                    f"{OWN_NAME}-{own.key_id}",
                    self._now,
                    until,
                )
                register.keys[own.key_id] = former
                self._folder.store_key(new)
            else:
                key = _find(register, wanted)
                register.keys[new.key_id] = replace(
                    key, key_id=new.key_id, sealed=sealed, created=self._now
                )
                register.keys[key.key_id] = replace(
                    key, name=f"{key.name}-{key.key_id}", expires=until
                )
            _forget_expired(register, self._now)
        self._say(f"the former key is accepted for {grace_hours:g} more hours")
        self._tell(new)

    def disable(self, wanted: str, *, disabled: bool) -> None:
        self._refuse_own(wanted)
        with self._file.change() as register:
            key = _find(register, wanted)
            register.keys[key.key_id] = replace(key, disabled=disabled)

    def remove(self, wanted: str) -> None:
        self._refuse_own(wanted)
        with self._file.change() as register:
            del register.keys[_find(register, wanted).key_id]

    def make_token(self, wanted: str, role: Role, hours: float) -> None:
        own = self._folder.stored_key()
        if own is not None and wanted in (OWN_NAME, own.key_id):
            parent = own.key_id
        else:
            parent = _find(self._file.read(), wanted).key_id
        master = self._folder.token_secret(make=True)
        if master is None:
            raise AssertionError("it was just made")
        expires = self._now + round(hours * 3600)
        key, token = TemporaryTokens(master).make(parent, role, expires)
        self._tell(key, token)
        self._say(f"it is good until {_date(expires)}")

    def show_keys(self) -> None:
        register = self._file.read()
        rows = [("NAME", "ID", "ACCOUNT", "ROLE", "CREATED", "STATE")]
        if (own := self._folder.stored_key()) is not None:
            first = register.accounts[DEFAULT_ACCOUNT].name
            rows.append((OWN_NAME, own.key_id, first, Role.ADMIN.value, "-", "active"))
        for key in sorted(register.keys.values(), key=lambda key: (key.account, key.name)):
            account = register.accounts[key.account].name
            row = (key.name, key.key_id, account, key.role.value, _date(key.created))
            rows.append((*row, _state(key, self._now)))
        self._show(rows)

    def show_accounts(self) -> None:
        register = self._file.read()
        rows = [("OWNERID", "NAME", "KEYS", "WEIGHT", "LIMITS")]
        for account in register.accounts.values():
            keys = sum(key.account == account.number for key in register.keys.values())
            keys += account.number == DEFAULT_ACCOUNT and self._folder.stored_key() is not None
            limited = ", ".join(f"{name} {value}" for name, value in sorted(account.limits.items()))
            weight = str(account.weight)
            rows.append((str(account.number), account.name, str(keys), weight, limited or "-"))
        self._show(rows)

    def limit(self, wanted: str, changes: Mapping[str, int], weight: int | None) -> None:
        if not changes and weight is None:
            raise StartError(f"name a limit: {', '.join(LIMITS.values())}, or a --weight")
        with self._file.change() as register:
            account = _account(register, wanted)
            kept = {**account.limits, **changes}
            left = {name: value for name, value in kept.items() if value != NO_LIMIT}
            register.accounts[account.number] = replace(
                account, limits=left, weight=account.weight if weight is None else weight
            )

    def grant(self, to: str, grant: Grant) -> None:
        with self._file.change() as register:
            account = _account(register, to)
            wanted = _resolved(register, grant)
            if wanted.kind is Kind.BUCKET:
                wanted = replace(wanted, owner=self._owner(wanted.name))
            elif lacks(self._folder.path / DATABASE_NAME, wanted):
                raise StartError(f"there is no {wanted.kind} {grant.name} that could be granted")
            register.grants = [
                each for each in register.grants if not _is_same(each, account.number, wanted)
            ]
            register.grants.append((account.number, wanted))

    def _owner(self, bucket: str) -> int:
        owner = BucketOwners(self._folder.objects).owner(bucket)
        if owner is not None:
            return owner
        service = self._folder.announced()
        if service is not None and service.store:
            # Nobody knows whose the buckets of a store elsewhere are.
            return 0
        raise StartError(
            f"there is no bucket {bucket} that could be granted; let its owner make it first"
        )

    def revoke(self, to: str, grant: Grant) -> None:
        with self._file.change() as register:
            account = _account(register, to)
            wanted = _resolved(register, grant)
            left = [each for each in register.grants if not _is_same(each, account.number, wanted)]
            if len(left) == len(register.grants):
                raise StartError(f"{wanted.kind} {wanted.name} is not granted to {account.name}")
            register.grants = left

    def show_grants(self) -> None:
        register = self._file.read()
        rows = [("ACCOUNT", "KIND", "NAME", "ACCESS")]
        for to, grant in register.grants:
            access = "write" if grant.write else "read" if grant.kind is Kind.BUCKET else "use"
            rows.append((register.accounts[to].name, grant.kind.value, grant.name, access))
        self._show(rows)

    def _make_account(self, register: Register, name: str) -> Account:
        _check_name(name)
        if name.isdigit():
            raise StartError(f"there is no account {name}; the name of a new one has a letter")
        number = register.next_account
        if number > LAST_ACCOUNT:
            raise StartError("there are no numbers left for accounts")
        register.next_account += 1
        account = register.accounts[number] = Account(number, name, self._now)
        self._say(f"account {name} was made, its OwnerId is {number}")
        return account

    def _seal(self, key: AccessKey) -> str:
        # It needs a package of an extra.
        from batchcompute.server.accounts.sealing import Seal

        return Seal(seal_path(self._file.path)).close(key.secret)

    def _refuse_own(self, wanted: str) -> None:
        own = self._folder.stored_key()
        if wanted == OWN_NAME or (own is not None and wanted == own.key_id):
            raise StartError(
                "the service's own key is always accepted; replace it with `keys rotate default`"
            )

    def _tell(self, key: AccessKey, token: str = "") -> None:
        """Show a secret, once and for all."""
        where = self._folder.announced()
        variables = key.environment("") if where is None else where.environment(key)
        if token:
            variables |= {"ALIBABA_CLOUD_SECURITY_TOKEN": token}
            if where is not None and not where.store:
                variables |= {"OSS_SESSION_TOKEN": token}
        for name, value in variables.items():
            if value:
                self._answer(f"export {name}={shlex.quote(value)}")
        self._say("the secret is not shown again")

    def _show(self, rows: Sequence[tuple[str, ...]]) -> None:
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._answer("  ".join(cells).rstrip())


def _find(register: Register, wanted: str) -> StoredKey:
    for key in register.keys.values():
        if wanted in (key.name, key.key_id):
            return key
    raise StartError(f"there is no key {wanted}; `keys list` prints them")


def _account(register: Register, wanted: str) -> Account:
    account = register.account_named(wanted)
    if account is None:
        raise StartError(f"there is no account {wanted}; `keys accounts` prints them")
    return account


def _grant(options: argparse.Namespace, *, write: bool) -> Grant:
    for kind in Kind:
        name = getattr(options, kind.value)
        if name is not None:
            if write and kind is not Kind.BUCKET:
                raise StartError("--write belongs to --bucket")
            return Grant(kind, name, write)
    raise AssertionError("one of the kinds is required")


def _resolved(register: Register, grant: Grant) -> Grant:
    """Return a grant with the number of the account in the name of an App."""
    if grant.kind is not Kind.APP:
        return grant
    owner, separator, name = grant.name.partition("/")
    if not separator or not name:
        raise StartError("an App is named ACCOUNT/NAME, with the account that it belongs to")
    return replace(grant, name=f"{_account(register, owner).number}/{name}")


def _is_same(found: tuple[int, Grant], account: int, wanted: Grant) -> bool:
    to, grant = found
    return to == account and (grant.kind, grant.name) == (wanted.kind, wanted.name)


def _forget_expired(register: Register, now: int) -> None:
    for key in list(register.keys.values()):
        if key.expires and key.expires <= now:
            del register.keys[key.key_id]


def _state(key: StoredKey, now: int) -> str:
    if key.disabled:
        return "disabled"
    if not key.expires:
        return "active"
    return f"until {_date(key.expires)}" if key.expires > now else "expired"


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise StartError(_NOT_A_NAME.format(name))
