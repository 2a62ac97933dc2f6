"""Idempotent tokens: the same request, sent twice, makes one thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select

from batchcompute.local.errors import token_mismatch
from batchcompute.local.scheduler.unit import Unit
from batchcompute.local.store.tables import tokens

#: Microseconds that a token is remembered: three days.
LIFETIME = 3 * 24 * 3600 * 1_000_000


def once(
    unit: Unit,
    kind: str,
    token: str,
    body: Mapping[str, Any],
    create: Callable[[Unit], str],
) -> str:
    """Create something, or return what was created for the same token before.

    Args:
        unit: The unit of work; the token is remembered in its transaction.
        kind: Kind of resource; tokens of different kinds have nothing to do with each other.
        token: The caller's token, "" for none.
        body: What was asked for.
        create: Makes it and returns its id.

    Raises:
        ApiError: The token came with another body before.
    """
    if not token:
        return create(unit)
    unit.connection.execute(delete(tokens).where(tokens.c.created < unit.now - LIFETIME))
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    query = select(tokens).where(tokens.c.kind == kind, tokens.c.token == token)
    known = unit.connection.execute(query).one_or_none()
    if known is not None:
        if known.digest != digest:
            raise token_mismatch()
        return str(known.resource_id)
    made = create(unit)
    unit.connection.execute(
        insert(tokens).values(
            kind=kind, token=token, digest=digest, resource_id=made, created=unit.now
        )
    )
    return made
