# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class Command(Jsonizable):
    """A program and its environment.

    Attributes:
        CommandLine: Command to run in the working directory through the shell (sh -c), the same
            for all instances. Exit code 0 is success. Up to 128 KiB in UTF-8, which is what a
            system can start (the hosted service documented 1024 characters, and took more).
        PackagePath: Gzip-compressed tar in the store (oss://...) that is unpacked into the
            working directory first. Any other file is put there under its own name and can be
            executed. Empty means none.
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

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Command = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Command = ...,
            keep_unknown: bool = ...,
            CommandLine: str | None = ...,
            PackagePath: str | None = ...,
            EnvVars: Mapping[str, str] | None = ...,
            Docker: m.CommandDocker | types.CommandDocker | None = ...,
        ) -> None: ...
