"""The environment of a program, as the API promises it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from batchcompute.server.model.resources import Resources

#: How clients ask for a container when they bring its image in their own storage.
DOCKER_VARIABLE = "BATCH_COMPUTE_DOCKER_IMAGE"
#: Where in their storage the registry with that image is.
REGISTRY_VARIABLE = "BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH"

#: Where programs look for commands if nobody says otherwise.
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Nothing of the server's own environment reaches programs.
_BASE = {"PATH": DEFAULT_PATH, "LANG": "C.UTF-8"}

#: Endpoint, region, id, secret and token, as clients look for them.
_OSS_VARIABLES = (
    "OSS_ENDPOINT",
    "OSS_REGION",
    "OSS_ACCESS_KEY_ID",
    "OSS_ACCESS_KEY_SECRET",
    "OSS_SESSION_TOKEN",
)
_S3_VARIABLES = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
#: Those of them that are the parts of a key.
_KEY_PARTS = slice(2, 5)


@dataclass(frozen=True, slots=True)
class ObjectAccess:
    """How a program reaches objects with a client of its own.

    Attributes:
        endpoint: URL of the object protocol.
        region: Region id that signatures name.
        key_id: Id of a key that reaches objects and nothing else; "" leaves that to the program.
        secret: Its secret; never shown.
        token: Sent with every request, or ""; never shown.
        kind: The protocol, "oss" or "s3".
    """

    endpoint: str
    region: str
    key_id: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    kind: str = "oss"

    @property
    def host(self) -> str:
        """The endpoint without its scheme, as the API promises it to programs."""
        return self.endpoint.partition("://")[2]

    def variables(self, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the variables that the vendor's object clients read.

        Args:
            chosen: Variables that win over these. With a part of a key among them nothing is told
                of this one: clients would send its token along, to another store perhaps.
        """
        values = (self.endpoint, self.region, self.key_id, self.secret, self.token)
        names = _S3_VARIABLES if self.kind == "s3" else _OSS_VARIABLES
        told = {name: value for name, value in zip(names, values, strict=True) if value}
        if chosen and not chosen.keys().isdisjoint(names[_KEY_PARTS]):
            for name in names[_KEY_PARTS]:
                told.pop(name, None)
        return told


@dataclass(frozen=True, slots=True)
class ObjectScope:
    """Which buckets attempts reach.

    Attributes:
        account: Those of this account.
        granted: More buckets, and whether they may be written to.
    """

    account: int
    granted: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Site:
    """The place where programs run, as it is described to them.

    Attributes:
        region: Region id.
        objects: Returns how the program of an attempt reaches objects, by its id and the account
            of its job; None for the hosted service's.
        scope: Returns which buckets the attempts of an account reach; None for all of them.
    """

    region: str
    objects: Callable[[str, int], ObjectAccess] | None = None
    scope: Callable[[int], ObjectScope | None] | None = None


def program_environment(
    *,
    cluster: Mapping[str, str],
    command: Mapping[str, str],
    job_id: str,
    task_name: str,
    cluster_id: str,
    site: Site,
) -> dict[str, str]:
    """Build the variables that are the same for all attempts of a task; see `of_attempt`.

    Args:
        cluster: `EnvVars` of the cluster.
        command: `EnvVars` of the command; wins over the cluster's.
        job_id: The job.
        task_name: The task.
        cluster_id: The cluster it runs on.
        site: Where it runs.

    Returns:
        Names and values. What says who the program is wins over everything a caller sets.
    """
    region = site.region
    return {
        **_BASE,
        **cluster,
        **command,
        "BATCH_COMPUTE_DAG_JOB_ID": job_id,
        "BATCH_COMPUTE_DAG_TASK_ID": task_name,
        "BATCH_COMPUTE_OSS_HOST": f"oss-{region}.aliyuncs.com",
        "BATCH_COMPUTE_REGION": region,
        "BATCH_COMPUTE_CLUSTER_ID": cluster_id,
    }


def of_attempt(
    environment: Mapping[str, str], index: int, worker_id: str, objects: ObjectAccess | None
) -> dict[str, str]:
    """Return all variables of one attempt.

    Args:
        environment: What all attempts of its task have.
        index: The instance.
        worker_id: The machine it runs on.
        objects: How it reaches objects; None for the hosted service's.
    """
    ours = {} if objects is None else objects.variables(environment)
    host = {} if objects is None else {"BATCH_COMPUTE_OSS_HOST": objects.host}
    return {
        **ours,
        **environment,
        **host,
        "BATCH_COMPUTE_DAG_INSTANCE_ID": str(index),
        "BATCH_COMPUTE_WORKER_ID": worker_id,
    }


def of_resources(environment: Mapping[str, str], has: Resources) -> dict[str, str]:
    """Return the variables of one attempt with those that say what it has.

    Args:
        environment: The others; a caller's own number of threads stands.
        has: What it has. Which devices these are is only known where it runs.
    """
    threads = str(max(1, int(has.processors)))
    return {
        "OMP_NUM_THREADS": threads,
        **environment,
        "BATCH_COMPUTE_PROCESSORS": f"{has.processors:g}",
        "BATCH_COMPUTE_MEMORY_MIB": str(has.memory_mib),
    }
