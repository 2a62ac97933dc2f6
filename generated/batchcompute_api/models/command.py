# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class Command(Jsonizable):
    """A program and its environment.

    Attributes:
        CommandLine: Command to run in the working directory through the shell (sh -c), the same
            for all instances; 1 to 1024 characters. Exit code 0 is success.
        PackagePath: Gzip-compressed tar in the store (oss://...) that is unpacked into the
            working directory first. Empty means none.
        EnvVars: Additional environment variables. They win over those of the cluster. The
            service adds BATCH_COMPUTE_DAG_JOB_ID, BATCH_COMPUTE_DAG_TASK_ID,
            BATCH_COMPUTE_DAG_INSTANCE_ID, BATCH_COMPUTE_REGION and others.
            BATCH_COMPUTE_DOCKER_IMAGE and BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH select a container
            image in the caller's store.
        Docker: Container to run the program in.
    """

    _required = ("CommandLine", "PackagePath")

    CommandLine: str | None = fields.text()
    PackagePath: str | None = fields.text()
    EnvVars: dict[str, str] = fields.mapping(fields.Text(), stringify=True, default={})
    Docker: m.CommandDocker = fields.nested(lambda: m.CommandDocker, default={"Image": ""})
