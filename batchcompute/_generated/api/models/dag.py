# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class DAG(mixins.TaskMap, Jsonizable):
    """A directed acyclic graph of tasks.

    Attributes:
        Tasks: Tasks by name, at least one. A task name has 1 to 32 letters, digits, - or _ and
            does not start with a digit; a server accepts up to 64 characters.
        Dependencies: Task name to the names of the tasks that may start once it has Finished,
            for example {"split":["count"],"count":["merge"]}. All names must be in Tasks (400
            InvalidDependencies), and there must be no cycle (400 BadDAG). Tasks that wait for
            nothing start at once.
    """

    _required = ("Tasks",)

    Tasks: dict[str, m.TaskDescription] = fields.mapping(
        fields.Nested(lambda: m.TaskDescription), default={}
    )
    Dependencies: dict[str, list[str]] = fields.mapping(fields.Array(fields.Text()), default={})

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.DAG = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.DAG = ...,
            keep_unknown: bool = ...,
            Tasks: Mapping[str, m.TaskDescription | types.TaskDescription] | None = ...,
            Dependencies: Mapping[str, list[str]] | None = ...,
        ) -> None: ...
