"""The caller of a request: its account, and the permissions of its key."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from batchcompute.server.model.errors import forbidden, not_found

#: The account of a service that nobody shares; what an older version has kept belongs to it.
DEFAULT_ACCOUNT: Final = 1


class Role(StrEnum):
    """The permissions of a key.

    Attributes:
        ADMIN: Everything, with what belongs to any account.
        USER: Everything with what belongs to its account.
        READ: Look at what belongs to its account.
    """

    ADMIN = "admin"
    USER = "user"
    READ = "read"


class Kind(StrEnum):
    """The kinds of things that can be granted to other accounts."""

    CLUSTER = "cluster"
    IMAGE = "image"
    APP = "app"
    BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to use something of another account.

    Attributes:
        kind: What it is.
        name: Its id, or its name; that of an App is `ACCOUNT/NAME`, with the number of its account.
        write: Whether objects of the bucket may be written and deleted.
        owner: The account that the bucket belonged to when it was granted; the grant counts for no
            other's bucket of that name. 0 where nobody knows whose buckets are.
    """

    kind: Kind
    name: str
    write: bool = False
    owner: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request, known by the key that signed it.

    Attributes:
        account: Number of the account; what is made belongs to it.
        role: What the key may do.
        key_id: The key.
        grants: What of other accounts may be used.
        revision: Tells what a former state of keys and grants allowed from what the present does.
    """

    account: int = DEFAULT_ACCOUNT
    role: Role = Role.ADMIN
    key_id: str = ""
    grants: frozenset[Grant] = field(default_factory=frozenset[Grant])
    revision: int = 0

    @property
    def scope(self) -> int | None:
        """The account whose things are seen; None for those of all accounts."""
        return None if self.role is Role.ADMIN else self.account

    @property
    def view(self) -> tuple[int | None, int]:
        """A value that is equal for callers who see the same things."""
        return self.scope, self.revision

    def owns(self, owner: int) -> bool:
        """Say whether something may be changed that belongs to an account."""
        return self.role is Role.ADMIN or owner == self.account

    def sees(self, owner: int, kind: Kind, name: str) -> bool:
        """Say whether something may be seen and used.

        Args:
            owner: The account that it belongs to.
            kind: What it is.
            name: Its id or name, as in a grant.
        """
        return self.owns(owner) or any(
            grant.kind is kind and grant.name == name for grant in self.grants
        )

    def granted(self, kind: Kind) -> list[str]:
        """Return what of a kind was granted, sorted."""
        return sorted({grant.name for grant in self.grants if grant.kind is kind})

    def granted_buckets(self) -> list[Grant]:
        """Return the grants of buckets."""
        return [grant for grant in self.grants if grant.kind is Kind.BUCKET]

    def check_owns(self, owner: int, kind: Kind, name: str) -> None:
        """Refuse a change of what belongs to somebody else.

        Raises:
            ApiError: Not found, unless it may be seen.
        """
        if self.owns(owner):
            return
        if self.sees(owner, kind, name):
            raise forbidden(f"It was granted for use, and belongs to account {owner}.")
        raise not_found()


#: The operator of the service.
OPERATOR: Final = Caller()
#: Somebody without a key; no account has this number.
ANONYMOUS: Final = Caller(account=0, role=Role.READ)
