"""Tables 3 to 6: what changes with every instance becomes narrow.

Descriptions, plans and the attempts in flight get tables of their own, jobs count their unfinished
tasks, and tasks say whether they are queued. On SQLite, tables whose keys are no numbers lose the
second tree that their rows were found by.
"""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    String,
    Text,
    false,
    text,
)

from batchcompute.server.model.errors import StartError
from batchcompute.server.store.migrations.step import Step

_KEY = BigInteger().with_variant(Integer, "sqlite")

#: On SQLite: tables that are kept in the order of their primary key.
_ORDERED = ("counters", "tokens", "groups", "cluster_logs", "tasks", "instances")
#: On SQLite: tables whose only key is a number.
_NUMBERED = ("apps", "clusters", "machines", "jobs")

_OLD_INDEXES = {
    "machines_by_attempt": "machines",
    "machines_free": "machines",
    "tasks_by_cluster": "tasks",
    "tasks_runnable": "tasks",
}


def _check(connection: Connection) -> None:
    query = text("SELECT count(*) FROM machines WHERE attempt_id IS NOT NULL")
    running = connection.scalar(query) or 0
    if running:
        raise StartError(
            f"{running} instances were under way when an older version ended on these data, and "
            "this one cannot take them over. Start the older version once more and end it with "
            "--stop-instances: they run again after the upgrade"
        )


def _upgrade(operations: Operations) -> None:
    _make_tables(operations)
    for name, table in _OLD_INDEXES.items():
        operations.drop_index(name, table)
    _change_columns(operations)
    if operations.get_bind().dialect.name == "sqlite":
        _rebuild(operations)
    _make_indexes(operations)


def _make_tables(operations: Operations) -> None:
    operations.create_table(
        "attempts",
        Column("attempt_id", String(255), primary_key=True),
        Column("machine_seq", BigInteger, nullable=False),
        Column("job_seq", BigInteger, nullable=False),
        Column("task_pos", Integer, nullable=False),
        Column("idx", Integer, nullable=False),
        Column("number", Integer, nullable=False),
        Column("cancelled", Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    operations.create_table(
        "job_descriptions",
        Column("job_seq", _KEY, primary_key=True, autoincrement=False),
        Column("description", Text, nullable=False),
    )
    operations.execute(
        "INSERT INTO job_descriptions (job_seq, description) SELECT seq, description FROM jobs"
    )
    operations.create_table(
        "task_plans",
        Column("job_seq", BigInteger, primary_key=True),
        Column("pos", Integer, primary_key=True),
        Column("plan", Text, nullable=False),
        Column("successors", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    operations.execute(
        "INSERT INTO task_plans (job_seq, pos, plan, successors) "
        "SELECT job_seq, pos, plan, successors FROM tasks"
    )


def _change_columns(operations: Operations) -> None:
    with operations.batch_alter_table("machines") as machines:
        for name in ("attempt_id", "job_seq", "task_pos", "idx", "number", "doomed"):
            machines.drop_column(name)
    with operations.batch_alter_table("jobs") as jobs:
        jobs.drop_column("description")
        jobs.add_column(Column("unfinished", Integer, nullable=False, server_default="0"))
    operations.execute(
        "UPDATE jobs SET unfinished = (SELECT count(*) FROM tasks "
        "WHERE tasks.job_seq = jobs.seq AND tasks.state <> 'Finished')"
    )
    with operations.batch_alter_table("tasks") as tasks:
        tasks.drop_column("plan")
        tasks.drop_column("successors")
        tasks.add_column(Column("queued", Boolean, nullable=False, server_default=false()))
    operations.execute("UPDATE tasks SET queued = (ready AND waiting > 0)")
    # From now on new rows name these values; the defaults were for the rows that were there.
    with operations.batch_alter_table("jobs") as jobs:
        jobs.alter_column("unfinished", server_default=None)
    with operations.batch_alter_table("tasks") as tasks:
        tasks.alter_column("queued", server_default=None)


def _rebuild(operations: Operations) -> None:
    for name in _ORDERED:
        with operations.batch_alter_table(
            name, recreate="always", table_kwargs={"sqlite_with_rowid": False}
        ):
            pass
    for name in _NUMBERED:
        with operations.batch_alter_table(name, recreate="always") as table:
            table.alter_column("seq", type_=Integer, autoincrement=False)


def _make_indexes(operations: Operations) -> None:
    operations.create_index("tasks_by_cluster", "tasks", ["cluster_seq", "job_seq", "pos"])
    operations.create_index(
        "tasks_queued",
        "tasks",
        ["cluster_seq", text("priority DESC"), "job_seq", "pos"],
        # Word for word as the program's queries say it.
        sqlite_where=text("queued IS 1"),
        postgresql_where=text("queued IS true"),
    )
    operations.create_index("machines_by_state", "machines", ["cluster_seq", "group_name", "state"])
    for name, state in (("failed", "Failed"), ("stopped", "Stopped")):
        condition = text(f"state = '{state}'")
        operations.create_index(
            f"instances_{name}",
            "instances",
            ["job_seq", "task_pos", "idx"],
            sqlite_where=condition,
            postgresql_where=condition,
        )


STEP = Step("6", _check, _upgrade)
