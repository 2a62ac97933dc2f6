from __future__ import annotations

import ast
from pathlib import Path

import pytest

import batchcompute.server
from batchcompute.server.model import states

MACHINES = (states.INSTANCE, states.TASK, states.JOB, states.CLUSTER, states.MACHINE)
KNOWN = {
    states.INSTANCE.kind: {"Waiting", "Dispatched", "Running", "Finished", "Failed", "Stopped"},
    states.TASK.kind: {"Waiting", "Running", "Finished", "Failed", "Stopped"},
    states.JOB.kind: {"Waiting", "Running", "Finished", "Failed", "Stopped"},
    states.CLUSTER.kind: {"Active", "Deleting"},
    states.MACHINE.kind: {"Pending", "Starting", "Running", "Deleting"},
}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.kind)
def test_every_event_and_state_is_legal_or_refused(machine: states.Machine) -> None:
    for event, way in machine.events.items():
        assert way.sources <= KNOWN[machine.kind]
        assert way.target in KNOWN[machine.kind]
        for state in KNOWN[machine.kind]:
            if state in way.sources:
                assert machine.after(state, event) == way.target
            else:
                with pytest.raises(states.IllegalTransitionError, match=state):
                    machine.after(state, event)


@pytest.mark.parametrize("machine", [states.INSTANCE, states.TASK, states.JOB])
def test_finished_is_never_left(machine: states.Machine) -> None:
    assert not any("Finished" in way.sources for way in machine.events.values())


def test_permitted_actions_are_those_of_the_reference() -> None:
    expected = {
        "stop": {"Waiting", "Running"},
        "start": {"Stopped", "Failed"},
        "change_priority": {"Stopped", "Failed"},
        "delete": {"Stopped", "Failed", "Finished"},
    }
    assert expected == states.JOB_ACTIONS


def test_callers_never_see_dispatched() -> None:
    assert states.visible("Dispatched") == "Waiting"
    assert {states.visible(state) for state in KNOWN[states.INSTANCE.kind]} == set(states.VISIBLE)


def test_no_state_is_written_but_by_the_table() -> None:
    """A state that is written comes from a machine's `after` or `target`, or is a first one."""
    first = {"WAITING", "PENDING", "ACTIVE"}
    package = Path(batchcompute.server.__file__).parent
    for path in (package / "scheduler").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name, value in _written(node):
                text = ast.unparse(value)
                by_table = ".after(" in text or ".target(" in text or text == "target"
                initial = text.removeprefix("states.") in first
                restarted = text == "restarted"
                given = text == "bindparam('new_state')"
                assert by_table or initial or restarted or given, f"{path.name}: {name}={text}"


def _written(node: ast.AST) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".values"):
        found += [(each.arg, each.value) for each in node.keywords if each.arg]
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found.append((key.value, value))
    return [(name, value) for name, value in found if name in ("state", "tail_state", "new_state")]
