"""The tables.

An instance has a row only from its first dispatch on. Before that it is part of its task's
*tail*: all instances from `tail` up are alike, so a task of a hundred thousand waiting instances
is one row. Counters of the instances per state are kept in the task's row, in the transaction
that changes a state, so that no reader ever counts instances.

What changes with every instance is narrow: databases write whole rows and pages. So descriptions
and plans, which may be long and never change, have tables of their own, and so have the attempts in
flight.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    text,
)

from batchcompute.server.model import states

metadata = MetaData()

#: A number that a row is found by. SQLite keeps a table in the order of such a key only if it is
#: called INTEGER, and otherwise a second tree for it.
_Key = BigInteger().with_variant(Integer, "sqlite")


def _account() -> Column[int]:
    """Return the column that says which account a row belongs to."""
    return Column("account", Integer, nullable=False, server_default="1")


#: Facts of the installation: when it was made, its random number, the version of these tables.
meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

#: Sources of ascending numbers.
counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Idempotent tokens, and what was made for them.
tokens = Table(
    "tokens",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("token", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("resource_id", Text, nullable=False),
    Column("created", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: Images that a caller has registered; those of the system are part of the program.
images = Table(
    "images",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("created", BigInteger, nullable=False),
    # The ImageDescription, JSON.
    Column("description", Text, nullable=False),
    _account(),
)
Index("images_by_account", images.c.account, images.c.id)

apps = Table(
    "apps",
    metadata,
    Column("seq", _Key, primary_key=True, autoincrement=False),
    Column("name", String(1024), nullable=False),
    Column("created", BigInteger, nullable=False),
    # The number of its next revision; those of deleted ones are not used again.
    Column("next_revision", Integer, nullable=False),
    _account(),
)
# Each account has names of its own.
Index("apps_by_account", apps.c.account, apps.c.name, unique=True)
Index("apps_by_name", apps.c.name, apps.c.account)

app_revisions = Table(
    "app_revisions",
    metadata,
    Column("app_seq", BigInteger, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("updated", BigInteger, nullable=False),
    # The AppDescription, JSON.
    Column("description", Text, nullable=False),
)

clusters = Table(
    "clusters",
    metadata,
    Column("seq", _Key, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("created", BigInteger, nullable=False),
    # The ClusterDescription as it is now, JSON. Counts of machines wanted are in `groups`.
    Column("description", Text, nullable=False),
    # Made for one task, and released with it.
    Column("auto", Boolean, nullable=False),
    _account(),
)
Index("clusters_by_account", clusters.c.account, clusters.c.id)

groups = Table(
    "groups",
    metadata,
    Column("cluster_seq", BigInteger, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("desired", Integer, nullable=False),
    sqlite_with_rowid=False,
)

machines = Table(
    "machines",
    metadata,
    Column("seq", _Key, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False, unique=True),
    Column("cluster_seq", BigInteger, nullable=False),
    Column("group_name", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("ip_address", String(64), nullable=False),
    Column("host_name", String(255), nullable=False),
    # The executor has let go of it; the row stays until its attempts are settled.
    Column("left", Boolean, nullable=False),
)
Index("machines_by_group", machines.c.cluster_seq, machines.c.group_name, machines.c.seq)
Index("machines_by_state", machines.c.cluster_seq, machines.c.group_name, machines.c.state)

#: The attempts in flight, each on its machine: an attempt is in flight exactly while it stands
#: here. There are never many more than programs that run at once.
attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", String(255), primary_key=True),
    Column("machine_seq", BigInteger, nullable=False),
    Column("job_seq", BigInteger, nullable=False),
    Column("task_pos", Integer, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    # Its result does not count any more; it is being stopped.
    Column("cancelled", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

#: The machines that agents on other machines are, or are to be, and who these are.
agents = Table(
    "agents",
    metadata,
    Column("machine_id", String(64), primary_key=True),
    # The pool of the executor that it belongs to, and the one of machines that it comes from.
    Column("pool_id", String(255), nullable=False),
    Column("pool", String(64), nullable=False),
    # Its names at the engine and by itself; "" as long as they are not known.
    Column("reference", Text, nullable=False),
    Column("agent", String(64), nullable=False),
    sqlite_with_rowid=False,
)

cluster_logs = Table(
    "cluster_logs",
    metadata,
    Column("cluster_seq", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Text, nullable=False),
    sqlite_with_rowid=False,
)

jobs = Table(
    "jobs",
    metadata,
    Column("seq", _Key, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=True),
    Column("ended", BigInteger, nullable=True),
    Column("priority", Integer, nullable=False),
    Column("fail_on_instance_fail", Boolean, nullable=False),
    Column("auto_release", Boolean, nullable=False),
    # Whom to tell of what; see `topics.topic_text`.
    Column("topic", Text, nullable=False),
    # How many of its tasks have not finished.
    Column("unfinished", Integer, nullable=False),
    # Gone for callers; its rows are being removed.
    Column("deleted", Boolean, nullable=False),
    _account(),
)
Index("jobs_by_state", jobs.c.state, jobs.c.seq)
Index("jobs_by_account", jobs.c.account, jobs.c.seq)
Index("jobs_by_account_and_state", jobs.c.account, jobs.c.state, jobs.c.seq)
Index(
    "jobs_deleted",
    jobs.c.seq,
    sqlite_where=jobs.c.deleted.is_(True),
    postgresql_where=jobs.c.deleted.is_(True),
)

job_descriptions = Table(
    "job_descriptions",
    metadata,
    Column("job_seq", _Key, primary_key=True, autoincrement=False),
    # The JobDescription as it was sent, JSON; the job's row has the priority that it has now.
    Column("description", Text, nullable=False),
)

#: The request that a job goes on for: the one that made it, or has stopped or started it since.
job_requests = Table(
    "job_requests",
    metadata,
    Column("job_seq", _Key, primary_key=True, autoincrement=False),
    Column("request_id", String(64), nullable=False),
)

#: Jobs that have ended, and whose logs were removed as they were old.
logless_jobs = Table(
    "logless_jobs",
    metadata,
    Column("job_seq", _Key, primary_key=True, autoincrement=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("job_seq", BigInteger, primary_key=True),
    Column("pos", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", BigInteger, nullable=True),
    Column("ended", BigInteger, nullable=True),
    # Where it runs; null while its own cluster is not made yet.
    Column("cluster_seq", BigInteger, nullable=True),
    # Tasks that it still waits for.
    Column("unmet", Integer, nullable=False),
    # Its instances may be handed out.
    Column("ready", Boolean, nullable=False),
    # It is ready, and some of them wait.
    Column("queued", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    # That of its job, so that a change of an instance need not look there.
    Column("topic", Text, nullable=False),
    Column("instance_count", Integer, nullable=False),
    Column("max_retries", Integer, nullable=False),
    # The first instance without a row, and what all of those have in common.
    Column("tail", Integer, nullable=False),
    Column("tail_state", String(16), nullable=False),
    Column("tail_ended", BigInteger, nullable=True),
    Column("tail_message", Text, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("dispatched", Integer, nullable=False),
    Column("running", Integer, nullable=False),
    Column("finished", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("stopped", Integer, nullable=False),
    # That of its job, so that accounts can take turns.
    _account(),
    sqlite_with_rowid=False,
)
Index("tasks_by_name", tasks.c.job_seq, tasks.c.name, unique=True)
Index("tasks_by_cluster", tasks.c.cluster_seq, tasks.c.job_seq, tasks.c.pos)
# The conditions of partial indexes, for queries to repeat word for word: with a bound parameter
# in place of a constant the database could not see that the index serves. This one names no column
# that changes with every instance, or each of them would write the index as well.
QUEUED = tasks.c.queued.is_(True)
Index(
    "tasks_queued",
    tasks.c.cluster_seq,
    tasks.c.priority.desc(),
    tasks.c.job_seq,
    tasks.c.pos,
    sqlite_where=QUEUED,
    postgresql_where=QUEUED,
)
# The same for each account.
Index(
    "tasks_queued_by_account",
    tasks.c.cluster_seq,
    tasks.c.account,
    tasks.c.priority.desc(),
    tasks.c.job_seq,
    tasks.c.pos,
    sqlite_where=QUEUED,
    postgresql_where=QUEUED,
)

task_plans = Table(
    "task_plans",
    metadata,
    Column("job_seq", BigInteger, primary_key=True),
    Column("pos", Integer, primary_key=True),
    # The data with which the scheduler runs it, JSON.
    Column("plan", Text, nullable=False),
    # Positions of the tasks that wait for this one, JSON.
    Column("successors", Text, nullable=False),
    sqlite_with_rowid=False,
)
#: Joins a task with its plan.
OF_TASK = and_(task_plans.c.job_seq == tasks.c.job_seq, task_plans.c.pos == tasks.c.pos)

instances = Table(
    "instances",
    metadata,
    Column("job_seq", BigInteger, primary_key=True),
    Column("task_pos", Integer, primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    # The newest attempt; it only grows, over restarts of the job as well.
    Column("number", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("started", BigInteger, nullable=True),
    Column("ended", BigInteger, nullable=True),
    Column("exit_code", Integer, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("error_message", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("node_ip", String(64), nullable=False),
    # The VM of the newest attempt; nothing if that is not known, or there is none.
    Column("machine_id", String(64), nullable=True),
    sqlite_with_rowid=False,
)
REQUEUED = instances.c.state == text(f"'{states.WAITING}'")
FAILED = instances.c.state == text(f"'{states.FAILED}'")
STOPPED = instances.c.state == text(f"'{states.STOPPED}'")
for _name, _condition in (("requeued", REQUEUED), ("failed", FAILED), ("stopped", STOPPED)):
    Index(
        f"instances_{_name}",
        instances.c.job_seq,
        instances.c.task_pos,
        instances.c.idx,
        sqlite_where=_condition,
        postgresql_where=_condition,
    )

#: How attempts ended that did not end their instance: another one followed, or may follow. A
#: program that succeeds at once never comes here.
earlier_attempts = Table(
    "earlier_attempts",
    metadata,
    Column("job_seq", BigInteger, primary_key=True),
    Column("task_pos", Integer, primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    # Id of its machine; "" if nobody knows any more.
    Column("machine_id", String(64), nullable=False),
    Column("started", BigInteger, nullable=True),
    Column("ended", BigInteger, nullable=False),
    Column("exit_code", Integer, nullable=False),
    Column("error_code", Text, nullable=False),
    # Its beginning; some programs say much.
    Column("error_message", Text, nullable=False),
    sqlite_with_rowid=False,
)
