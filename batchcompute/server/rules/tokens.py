"""Idempotent tokens: the same request, sent twice, makes one thing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from batchcompute.server.model.caller import DEFAULT_ACCOUNT
from batchcompute.server.model.errors import token_mismatch
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.tables import tokens

#: Microseconds that a token is remembered: three days.
LIFETIME = 3 * 24 * 3600 * 1_000_000

#: Tokens that are stored as they are; of others, the hash is stored.
_SHORT = re.compile(r"[A-Za-z0-9_-]{1,64}")

_EXPIRE = CompiledStatement(delete(tokens).where(tokens.c.created < bindparam("until")))
_FIND = CompiledStatement(
    select(tokens.c.digest, tokens.c.resource_id, tokens.c.created).where(
        tokens.c.kind == bindparam("of_kind"), tokens.c.token == bindparam("wanted")
    )
)
_REMEMBER = CompiledStatement(insert(tokens), [column.name for column in tokens.columns])


def once(
    unit: Unit,
    kind: str,
    token: str,
    body: Mapping[str, Any],
    create: Callable[[Unit], str],
    account: int = DEFAULT_ACCOUNT,
) -> str:
    """Create something, or return what was created for the same token before.

    Args:
        unit: The unit of work; the token is remembered in its transaction.
        kind: Kind of resource; tokens of different kinds have nothing to do with each other.
        token: The caller's token, "" for none.
        body: What was asked for.
        create: Makes it and returns its id.
        account: The caller's account; tokens of different accounts have nothing to do with each
            other.

    Raises:
        ApiError: The token came with another body before.
    """
    if not token:
        return create(unit)
    _EXPIRE.run(unit.connection, {"until": unit.now - LIFETIME})
    digest = _digest(body)
    token = _stored(token)
    kind = _kind_of(kind, account)
    wanted = {"of_kind": kind, "wanted": token}
    known = _FIND.first(unit.connection, wanted)
    if known is not None:
        if known.digest != digest:
            raise token_mismatch()
        return str(known.resource_id)
    made = create(unit)
    row = {
        "kind": kind,
        "token": token,
        "digest": digest,
        "resource_id": made,
        "created": unit.now,
    }
    _REMEMBER.run(unit.connection, row)
    return made


def made_before(
    connection: Connection,
    kind: str,
    token: str,
    body: Mapping[str, Any],
    now: int,
    account: int = DEFAULT_ACCOUNT,
) -> str | None:
    """Return what was made for a token, without waiting for the writer.

    Args:
        connection: A reader.
        kind: Kind of resource.
        token: The caller's token.
        body: What is asked for now.
        now: The present, in microseconds since the epoch.
        account: The caller's account.

    Returns:
        The id; None if the token is new, or old, or came with another body. `once` finds out.
    """
    wanted = {"of_kind": _kind_of(kind, account), "wanted": _stored(token)}
    known = _FIND.first(connection, wanted)
    if known is None or known.created < now - LIFETIME or known.digest != _digest(body):
        return None
    return str(known.resource_id)


def _kind_of(kind: str, account: int) -> str:
    """Return what stands for a kind of resource of an account, in at most 16 characters."""
    return kind if account == DEFAULT_ACCOUNT else f"{kind}@{account}"


def _stored(token: str) -> str:
    """Return what stands for a token in the database, whose column holds 64 characters."""
    return token if _SHORT.fullmatch(token) else hashlib.sha256(token.encode()).hexdigest()


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
