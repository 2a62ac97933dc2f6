"""One call of an operation, as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from batchcompute.server.model.caller import OPERATOR, Caller
from batchcompute.server.model.errors import not_found


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is signed, well-formed, and agrees with the specification.

    Attributes:
        path: Parameters of the path.
        query: Checked parameters of the query, defaults included.
        body: The body without nulls; empty if the operation has none.
        request_id: Id of the request.
        is_large: Whether the body is so large that it takes milliseconds to look at.
        caller: Who calls.
    """

    path: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    request_id: str = ""
    is_large: bool = False
    caller: Caller = OPERATOR

    @property
    def marker(self) -> str:
        """Where the wanted page begins."""
        marker: str = self.query.get("Marker", "")
        return marker

    @property
    def page_size(self) -> int:
        """How many items the wanted page has at the most."""
        size: int = self.query["MaxItemCount"]
        return size

    @property
    def token(self) -> str:
        """The idempotent token, or ""."""
        token: str = self.query.get("IdempotentToken", "")
        return token

    @property
    def instance(self) -> int:
        """The number of the instance that the path names.

        Raises:
            ApiError: No instance can have it.
        """
        number = self.path["InstanceId"]
        # Beyond nine digits no instance exists, and the database has no such number.
        if not (number.isascii() and number.isdigit()) or len(number) > 9:
            raise not_found()
        return int(number)
