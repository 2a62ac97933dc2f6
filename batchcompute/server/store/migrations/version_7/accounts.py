"""Accounts: jobs, clusters, images and Apps belong to one, those that are there to the first."""

from __future__ import annotations

from typing import Final

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String, inspect

_KEY = BigInteger().with_variant(Integer, "sqlite")

#: The index that finds the rows of an account: its name, the table, and the columns.
_INDEXES: Final = (
    ("images_by_account", "images", ["account", "id"]),
    ("apps_by_name", "apps", ["name", "account"]),
    ("clusters_by_account", "clusters", ["account", "id"]),
    ("jobs_by_account", "jobs", ["account", "seq"]),
    ("jobs_by_account_and_state", "jobs", ["account", "state", "seq"]),
)


def add_accounts(operations: Operations) -> None:
    """Give everything to the first account."""
    for table in ("images", "clusters", "jobs"):
        operations.add_column(table, _account())
    _rebuild_apps(operations)
    for name, table, columns in _INDEXES:
        operations.create_index(name, table, columns)


def _account() -> Column[int]:
    return Column("account", Integer, nullable=False, server_default="1")


def _rebuild_apps(operations: Operations) -> None:
    """Let Apps of different accounts have the same name."""
    if operations.get_bind().dialect.name != "sqlite":
        for constraint in inspect(operations.get_bind()).get_unique_constraints("apps"):
            if constraint["column_names"] == ["name"]:
                operations.drop_constraint(str(constraint["name"]), "apps", type_="unique")
        operations.add_column("apps", _account())
    else:
        # There a constraint goes with its table only.
        operations.rename_table("apps", "apps_of_one_account")
        operations.create_table(
            "apps",
            Column("seq", _KEY, autoincrement=False, nullable=False),
            Column("name", String(1024), nullable=False),
            Column("created", BigInteger, nullable=False),
            Column("next_revision", Integer, nullable=False),
            _account(),
            PrimaryKeyConstraint("seq"),
        )
        operations.execute(
            "INSERT INTO apps (seq, name, created, next_revision) "
            "SELECT seq, name, created, next_revision FROM apps_of_one_account"
        )
        operations.drop_table("apps_of_one_account")
    operations.create_index("apps_by_account", "apps", ["account", "name"], unique=True)
