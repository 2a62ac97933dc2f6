"""Classes that programs derive from `Jsonizable`, the documented base of all types."""

# ruff: noqa: RUF012  # the classes are written as the programs of 2.x wrote them

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from batchcompute.exceptions import BatchComputeWarning, FieldError, JsonError, ValidationError
from batchcompute.resources import DAG, TaskDescription
from batchcompute.utils.constants import ANY, NUMBER, STRING, TIME
from batchcompute.utils.jsonizable import BatchEncoder, Jsonizable


class Box(Jsonizable):
    """What a program of 2.x wrote."""

    resource_name = "boxes"
    descriptor_type = "data descriptor"
    descriptor_map = {
        "Property_1": int,
        "Property_2": STRING,
        "Property_3": list,
        "Property_4": dict,
        "Either": STRING,
        "Or": STRING,
    }
    required = ["Property_1", ["Either", "Or"]]

    def __init__(self, properties: Any = {}) -> None:  # noqa: B006  # as they wrote it
        super(Box, self).__init__(properties)  # noqa: UP008


class Status(Jsonizable):
    descriptor_type = "non data descriptor"
    descriptor_map = {"Id": STRING, "Count": NUMBER, "When": TIME, "Any": ANY}
    required: list[str] = []

    def __init__(self, properties: Any) -> None:
        Jsonizable.__init__(self, properties)


class Shelf(Jsonizable):
    descriptor_type = "data descriptor"
    descriptor_map = {"Box": Box, "DAG": DAG, "Name": str}
    required = ["Box"]


_CONTENT = {"Property_1": 1, "Property_2": "a", "Property_3": [1, 2], "Property_4": {"k": "v"}}


def _box(given: Any = _CONTENT) -> Any:
    return Box(given)


def _same(content: Any) -> Any:
    return content


_WAYS: list[Callable[[Any], Any]] = [
    _same,
    json.dumps,
    lambda given: json.dumps(given).encode(),
    _box,
]


@pytest.mark.parametrize("way", _WAYS)
def test_own_class_is_built_from_a_dict_text_or_object(way: Callable[[Any], Any]) -> None:
    box: Any = Box(way(_CONTENT))

    assert (box.Property_1, box["Property_2"], box.getproperty("Property_3")) == (1, "a", [1, 2])
    assert box.Property_4 == {"k": "v"}
    assert box.resource_name == "boxes"
    assert json.loads(box.dump()) == json.loads(str(box)) == box.detail() == dict(box) == _CONTENT
    assert isinstance(box, Jsonizable)


def test_own_class_is_built_from_nothing_and_filled_by_assignment() -> None:
    box: Any = Box()
    assert dict(box) == {}
    box.Property_1 = 5
    box["Property_2"] = b"bytes"
    box.setproperty("Property_3", ["a"])
    box.Property_4["k"] = "v"

    assert json.loads(box.dump()) == {
        "Property_1": 5,
        "Property_2": "bytes",
        "Property_3": ["a"],
        "Property_4": {"k": "v"},
    }
    del box["Property_3"]
    box.Property_4 = None
    assert list(box) == ["Property_1", "Property_2"]


def test_own_class_update_and_load_merge() -> None:
    box = _box()
    box.update({"Property_1": 2})
    box.load('{"Property_2": "b"}')
    box.update(Property_4={})

    assert dict(box) == {**_CONTENT, "Property_1": 2, "Property_2": "b", "Property_4": {}}


@pytest.mark.parametrize(
    ("name", "value"),
    [("Property_1", "a"), ("Property_2", 5), ("Property_3", "text"), ("Property_4", [])],
)
def test_own_class_refuses_other_types_and_stays_as_it_was(name: str, value: Any) -> None:
    box = _box()

    for give in (
        lambda: setattr(box, name, value),
        lambda: box.__setitem__(name, value),
        lambda: box.update({name: value}),
        lambda: Box({name: value}),
    ):
        with pytest.raises(TypeError, match=rf"^Box: {name} must be "):
            give()
    assert dict(box) == _CONTENT


def test_own_class_unknown_items() -> None:
    box = _box()

    with pytest.raises(KeyError, match="Nope"):
        _ = box["Nope"]
    with pytest.raises(FieldError):
        box["Nope"] = 1
    with pytest.raises(AttributeError):
        _ = box.Nope
    with pytest.warns(BatchComputeWarning, match="Box has no property 'Nope'"):
        assert "Nope" not in Box({"Nope": 1})
    with pytest.raises(JsonError):
        Box("nope")


def test_own_class_items_as_of_a_dict() -> None:
    box = _box()

    assert list(box.keys()) == list(_CONTENT)
    assert dict(box.items()) == _CONTENT
    assert list(box.values()) == list(_CONTENT.values())
    assert box.get("Property_1") == 1
    assert box.get("Either") is None
    assert "Either" not in box
    assert box.pop("Property_1") == 1
    assert len(box) == 3
    assert json.loads(json.dumps({"boxes": [box]}, cls=BatchEncoder)) == {"boxes": [dict(box)]}


@pytest.mark.parametrize(
    "copied_by",
    [copy.copy, copy.deepcopy, Box, lambda box: pickle.loads(pickle.dumps(box))],
)
def test_own_class_copies_are_equal_and_independent(copied_by: Callable[[Any], Any]) -> None:
    box = _box()
    box._mine = [1]
    copied: Any = copied_by(box)

    assert type(copied).__name__ == "Box"
    assert copied == box
    copied.Property_3.append(3)
    copied.Property_4["x"] = 1
    copied.Property_1 = 9
    assert dict(box) == _CONTENT


def test_own_class_is_compared_and_hashed_by_class_and_content() -> None:
    assert _box() == _box()
    assert _box() != Box({"Property_1": 2})
    assert Box({"Property_1": 1}) != Shelf({"Name": "a"})
    assert len({Box({"Property_1": 1}), Box({"Property_1": 1}), Box({"Property_1": 2})}) == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"Either": "a"}, "Property_1"),
        ({"Property_1": 1}, "exactly one of Either, Or must be given, not none"),
        (
            {"Property_1": 1, "Either": "a", "Or": "b"},
            "exactly one of Either, Or must be given, not Either and Or",
        ),
    ],
)
def test_own_class_validate_checks_required_and_either_or(
    content: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Box(content).validate()

    assert str(caught.value) == problem
    Box({"Property_1": 1, "Or": "b"}).validate()


def test_own_class_without_data_descriptors_refuses_assignment_to_attributes_alone() -> None:
    status: Any = Status({"Id": "a", "Count": 1.5, "When": "2020-01-02", "Any": 5})

    with pytest.raises(AttributeError, match=r"^Status\.Id is read-only$"):
        status.Id = "b"
    with pytest.raises(AttributeError):
        del status.Id
    assert (status.Id, status.Count, status.When, status.Any) == ("a", 1.5, "2020-01-02", 5)
    status["Id"] = "c"
    status.update({"Count": 2})
    assert dict(status) == {"Id": "c", "Count": 2, "When": "2020-01-02", "Any": 5}
    with pytest.raises(TypeError):
        Status()  # type: ignore[call-arg]


def test_own_class_holds_other_classes() -> None:
    shelf: Any = Shelf({"Box": {"Property_1": 1}, "DAG": {"Tasks": {"t": {}}}})

    assert isinstance(shelf["Box"], Box)
    assert type(shelf.DAG.Tasks["t"]) is TaskDescription
    shelf.Box.Property_2 = "b"
    assert json.loads(shelf.dump())["Box"] == {"Property_1": 1, "Property_2": "b"}
    with pytest.raises(ValidationError, match=r"^exactly one of Either, Or of Box must be given"):
        shelf.validate()
    assert copy.deepcopy(shelf) == Shelf(shelf.dump()) == shelf
    empty: Any = Shelf()
    assert empty.Box.Property_1 is None
    assert "Box" not in empty


class Defaults(Jsonizable):
    descriptor_type = "data descriptor"
    descriptor_map = {"Kind": STRING, "Size": int}

    def __init__(self, properties: Any = {}) -> None:  # noqa: B006  # as they wrote it
        super().__init__(properties)
        if "Kind" not in self:
            self.setproperty("Kind", "default")


class Holder(Jsonizable):
    descriptor_map = {"Inner": Defaults}


def test_own_constructor_fills_in_its_defaults_below_another_class_as_well() -> None:
    holder: Any = Holder({"Inner": {"Size": 1}})

    assert dict(holder.Inner) == {"Kind": "default", "Size": 1}
    holder.Inner = {"Size": 2}
    assert holder.Inner.Kind == "default"


class Larger(Box):
    descriptor_map = {**Box.descriptor_map, "More": int}


class Renamed(Box):
    """Of the same content, with another method."""

    def title(self) -> str:
        return f"<{self['Property_1']}>"


def test_own_class_can_be_derived_from() -> None:
    assert json.loads(_box().dump()) == _CONTENT  # which compiles what a derived class must not use
    larger: Any = Larger({**_CONTENT, "More": 7})

    assert json.loads(larger.dump()) == {**_CONTENT, "More": 7}
    assert larger.More == 7
    assert Renamed(_CONTENT).title() == "<1>"
    assert copy.deepcopy(Renamed(_CONTENT)).title() == "<1>"


class Bare(Jsonizable):
    """Without any property."""


def test_own_class_without_properties_is_empty() -> None:
    with pytest.warns(BatchComputeWarning, match="Bare has no property 'a'"):
        assert Bare({"a": 1}).dump(None) == "{}"
    assert Bare() == Bare()
    assert json.loads(DAG().dump()) == {"Tasks": {}, "Dependencies": {}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a-b": int}, "'a-b' cannot be a property"),
        ({"class": int}, "'class' cannot be a property"),
        ({"_a": int}, "'_a' cannot be a property"),
        ({"items": int}, "'items' cannot be a property"),
        ({5: int}, "5 cannot be a property"),
        ({"a": "text"}, r"Wrong\.a: the type must be a class"),
        ({"a": ()}, r"Wrong\.a: the type must be a class"),
        ([], "must be a dict"),
    ],
)
def test_own_class_that_cannot_work_is_refused_where_it_is_defined(
    content: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        type("Wrong", (Jsonizable,), {"descriptor_map": content})
    with pytest.raises(TypeError, match="remove its __slots__"):
        type("Slots", (Jsonizable,), {"descriptor_map": {"a": int}, "__slots__": ()})
