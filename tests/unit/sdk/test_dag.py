"""Dependencies of tasks: how they are declared, and what is wrong with them before it is sent."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from batchcompute._generated.api.models import DAG, JobDescription, TaskDescription
from batchcompute.exceptions import ValidationError

_TASK: dict[str, Any] = {
    "ClusterId": "cls-1",
    "Parameters": {
        "Command": {"CommandLine": "c", "PackagePath": ""},
        "StdoutRedirectPath": "",
        "StderrRedirectPath": "",
    },
}


def _dag(*names: str, **dependencies: list[str]) -> DAG:
    return DAG(Tasks={name: TaskDescription(_TASK) for name in names}, Dependencies=dependencies)


def test_add_dependency_lets_a_task_start_after_another() -> None:
    dag = _dag("split", "count")
    dag.add_dependency("count", after="split")

    assert dag.Dependencies == {"split": ["count"]}


def test_add_dependency_takes_several_tasks_and_repeats_nothing() -> None:
    dag = DAG()
    dag.add_dependency("merge", after=["a", "b"])
    dag.add_dependency("merge", after="a")
    dag.add_dependency("other", after=("a",))

    assert dag.Dependencies == {"a": ["merge", "other"], "b": ["merge"]}


def test_add_dependency_on_a_fresh_job_reaches_what_is_sent() -> None:
    job = JobDescription(Name="n", Priority=1)
    job.DAG.add_dependency("count", after="split")

    assert job.to_dict()["DAG"]["Dependencies"] == {"split": ["count"]}


@pytest.mark.parametrize("name", ["", None, 5])
def test_add_dependency_without_a_name_is_a_type_error_and_changes_nothing(name: Any) -> None:
    dag = DAG()

    with pytest.raises(TypeError, match="task_name must be a non-empty"):
        dag.add_dependency(name, after="a")
    for after in (name, ["a", name]):
        with pytest.raises(TypeError, match="after must"):
            dag.add_dependency("a", after=after)
    assert dag.Dependencies == {}


@pytest.mark.parametrize(
    ("dag", "message"),
    [
        (
            _dag("split", "count", split=["cuont"]),
            "Dependencies.split names the task 'cuont', which is not in Tasks",
        ),
        (
            _dag("split", "count", splti=["count"]),
            "Dependencies names the task 'splti', which is not in Tasks",
        ),
        (_dag("a", a=["a"]), "Dependencies.a: a task cannot wait for itself"),
        (_dag("a", "b", a=["b"], b=["a"]), "Dependencies has a cycle: a, b, a"),
        (
            _dag("a", "b", "c", "d", a=["b"], b=["c"], c=["d"], d=["b"]),
            "Dependencies has a cycle: b, c, d, b",
        ),
    ],
)
def test_strict_validation_finds_what_is_wrong_with_dependencies(dag: DAG, message: str) -> None:
    job = JobDescription(Name="n", Priority=1, DAG=dag)
    job.validate()
    dag.validate()

    with pytest.raises(ValidationError) as caught:
        dag.validate(strict=True)
    assert str(caught.value) == message
    with pytest.raises(ValidationError) as caught:
        job.validate(strict=True)
    assert str(caught.value) == f"DAG.{message}"
    assert caught.value.__notes__ == ["A rule of JobDescription."]


def test_strict_validation_lets_pass_what_is_right() -> None:
    _dag("a").validate(strict=True)
    _dag("a", "b", "c", "d", a=["b", "c"], b=["d"], c=["d"]).validate(strict=True)
    _dag("a", "b", a=["b", "b"], b=[]).validate(strict=True)


def test_strict_validation_of_a_long_chain_does_not_run_out_of_stack() -> None:
    names = [f"t{number}" for number in range(5000)]
    chain = {name: [after] for name, after in pairwise(names)}
    dag = DAG(Tasks={name: TaskDescription(_TASK) for name in names}, Dependencies=chain)
    dag.validate(strict=True)
    dag.add_dependency("t0", after=names[-1])

    with pytest.raises(ValidationError, match="Dependencies has a cycle: t"):
        dag.validate(strict=True)


def test_strict_validation_of_an_answer_of_wrong_types_does_not_break() -> None:
    dag = DAG.from_dict({"Tasks": {"a": 5}, "Dependencies": {"a": 5, "b": ["a", 7]}})

    with pytest.raises(ValidationError, match="Dependencies"):
        dag.validate(strict=True)
