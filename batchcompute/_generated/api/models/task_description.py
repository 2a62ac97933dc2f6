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
class TaskDescription(Jsonizable):
    """A task: one command, run InstanceCount times in parallel. Exactly one of ClusterId and
    AutoCluster must be effective. ClusterId is effective if it is not empty, and then it wins;
    AutoCluster is effective if it holds a non-empty ImageId, ECSImageId or ClusterId. A client
    sends one, a server stores and echoes both.

    Attributes:
        Parameters: What to run.
        InstanceCount: Number of instances that run in parallel, at least 1.
        Timeout: Longest run of one attempt of an instance, in seconds. A longer run is killed
            and counts as a failed attempt, subject to MaxRetryCount. 0 means the same as absent.
        MaxRetryCount: How often a failed instance is run again. 0 means never, so there are at
            most MaxRetryCount + 1 attempts.
        InputMapping: Object or directory in the store (oss://...) to local path, mounted before
            the program starts. Its files can be read and executed; see WriteSupport for the rest. A
            trailing / on either side makes both a directory; without one it is the object, or else
            the directory.
        OutputMapping: Local path to object or directory in the store (oss://...), uploaded
            after the program has succeeded, as far as the program left anything there. A trailing /
            on either side makes both a directory; without one it is what the program left. It may
            lie in an input. The same pair must not be in InputMapping too, unless WriteSupport is
            true.
        LogMapping: Local file or directory to directory in the store (oss://.../). Uploaded
            after every attempt as file.JobId.TaskName.InstanceId, or as files below a directory of
            such a name; one that is missing is no error.
        WriteSupport: Whether programs may write below the directories of InputMapping and
            Mounts. What they write there stays on the VM, unless it is an output.
        ClusterId: Id of the cluster to run on. Empty or absent means an automatic cluster.
        AutoCluster: The automatic cluster to make for this task.
        Mounts: Directories to mount for this task.
        CredentialConfig: Roles under which the program may act.
        TaskName: Repeats the key of the task. One family of clients sends it; the service
            ignores it.
    """

    _required = ("Parameters", "Timeout", "InstanceCount")
    _exactly_one_of = (("ClusterId", "AutoCluster"),)

    Parameters: m.Parameters = fields.nested(lambda: m.Parameters, default={})
    InstanceCount: int | None = fields.integer(default=1)
    Timeout: int | None = fields.integer(default=3600)
    MaxRetryCount: int | None = fields.integer(default=0)
    InputMapping: dict[str, str] = fields.mapping(fields.Text(), default={})
    OutputMapping: dict[str, str] = fields.mapping(fields.Text(), default={})
    LogMapping: dict[str, str] = fields.mapping(fields.Text(), default={})
    WriteSupport: bool | None = fields.boolean()
    ClusterId: str | None = fields.text()
    AutoCluster: m.AutoCluster = fields.nested(lambda: m.AutoCluster)
    Mounts: m.Mounts = fields.nested(lambda: m.Mounts)
    CredentialConfig: m.CredentialConfig = fields.nested(lambda: m.CredentialConfig)
    TaskName: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.TaskDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.TaskDescription = ...,
            keep_unknown: bool = ...,
            Parameters: m.Parameters | types.Parameters | None = ...,
            InstanceCount: int | None = ...,
            Timeout: int | None = ...,
            MaxRetryCount: int | None = ...,
            InputMapping: Mapping[str, str] | None = ...,
            OutputMapping: Mapping[str, str] | None = ...,
            LogMapping: Mapping[str, str] | None = ...,
            WriteSupport: bool | None = ...,
            ClusterId: str | None = ...,
            AutoCluster: m.AutoCluster | types.AutoCluster | None = ...,
            Mounts: m.Mounts | types.Mounts | None = ...,
            CredentialConfig: m.CredentialConfig | types.CredentialConfig | None = ...,
            TaskName: str | None = ...,
        ) -> None: ...
