"""Which numbers properties take: those of any library, and none that JSON cannot write."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    AppJob,
    AutoCluster,
    GroupDescription,
    JobDescription,
    ModifyGroupDescription,
    Parameter,
    PriorityChange,
    TaskDescription,
)


class Whole:
    """A whole number of another library, such as numpy's."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value


def test_integer_of_another_library_becomes_an_int() -> None:
    task: Any = TaskDescription({"InstanceCount": Whole(3)})
    task.MaxRetryCount = Whole(2)
    task["Timeout"] = Whole(60)
    group = GroupDescription({"DesiredVMCount": Whole(4), "SpotPriceLimit": Whole(1)})
    change = PriorityChange({"Priority": Whole(7)})

    for value in (task.InstanceCount, task.Timeout, task.MaxRetryCount, group.DesiredVMCount):
        assert type(value) is int
    assert (task.InstanceCount, task.Timeout, task.MaxRetryCount) == (3, 60, 2)
    assert json.loads(group.dump(None))["SpotPriceLimit"] == 1
    assert change.get("Priority") == 7


def test_integer_of_another_library_is_taken_wherever_a_number_is() -> None:
    size: Any = Whole(40)
    app = AppJob(AppName="a", Inputs={"n": size, "deep": [size]})
    cluster: Any = AutoCluster()
    cluster.Configs.add_data_disk(size, "cloud", "/mnt")

    assert json.loads(app.dump(None))["Inputs"] == {"n": 40, "deep": [40]}
    content = json.loads(cluster.dump(None))
    assert content["Configs"]["Disks"]["DataDisk"]["Size"] == 40


@pytest.mark.parametrize("value", [True, 1.5, "1", None.__class__, object()])
def test_what_is_no_integer_is_still_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^TaskDescription: InstanceCount must be an integer"):
        TaskDescription({"InstanceCount": value})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_number_that_json_cannot_write_is_refused_everywhere(number: float) -> None:
    app = AppJob(AppName="a")
    cluster = AutoCluster()
    expected = r"must be a finite number, not float$"

    with pytest.raises(TypeError, match=rf"^AutoCluster: SpotPriceLimit {expected}"):
        cluster.SpotPriceLimit = number
    with pytest.raises(TypeError, match=rf"^ModifyGroupDescription: SpotPriceLimit {expected}"):
        ModifyGroupDescription(SpotPriceLimit=number)
    with pytest.raises(TypeError, match=rf"^Parameter: Default {expected}"):
        Parameter(Default=number)
    with pytest.raises(TypeError, match=rf"^AppJob: Inputs\.n {expected}"):
        app.Inputs["n"] = number
    with pytest.raises(TypeError, match=rf"^AppJob: Inputs\.n {expected}"):
        app.add_input("n", number)
    with pytest.raises(TypeError, match=rf"^AppJob: Inputs\.n {expected}"):
        app.Inputs = {"n": {"deep": [1, number]}}
    with pytest.raises(TypeError, match=r"InstanceCount must be an integer, not float"):
        TaskDescription({"InstanceCount": number})
    assert app.Inputs == {}
    assert "SpotPriceLimit" not in cluster


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_text_with_a_number_that_json_has_not_is_refused_where_it_is_meant(constant: str) -> None:
    with pytest.raises(TypeError, match=r"^AutoCluster: SpotPriceLimit must be a finite number"):
        AutoCluster(f'{{"SpotPriceLimit": {constant}}}')
    with pytest.raises(TypeError, match=r"^AppJob: Inputs\.n must be a finite number"):
        AppJob().load(f'{{"Inputs": {{"n": {constant}}}}}')
    with pytest.raises(TypeError, match=r"^JobDescription: New must be a finite number"):
        JobDescription(f'{{"New": [{constant}]}}', keep_unknown=True)
