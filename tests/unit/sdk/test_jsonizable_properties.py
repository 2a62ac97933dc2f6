"""Laws that hold for every class and any content: round trips, merges, reads, copies."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batchcompute._generated.api import models
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable
from batchcompute.exceptions import ValidationError

pytestmark = pytest.mark.slow

_CLASSES: list[type[Jsonizable]] = [
    cls
    for cls in (getattr(models, name) for name in models.__all__)
    if isinstance(cls, type) and issubclass(cls, Jsonizable)
]
_DESCRIPTIONS = [cls for cls in _CLASSES if not cls._read_only]

_texts = st.text(max_size=6)
_scalars: dict[type[fields.Kind], st.SearchStrategy[Any]] = {
    fields.Text: _texts,
    fields.Integer: st.integers(-(2**40), 2**40),
    fields.Number: st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False),
    fields.Boolean: st.booleans(),
    fields.TextOrInteger: _texts | st.integers(),
    fields.Time: st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)).map(str),
    fields.Kind: st.none() | st.booleans() | st.integers(-9, 9) | _texts,
}
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


def _values(kind: fields.Kind, depth: int) -> st.SearchStrategy[Any]:
    """Return values that fit a property of a kind."""
    if isinstance(kind, fields.Nested):
        return _contents(kind.cls, depth - 1)
    if isinstance(kind, fields.Map | fields.Array):
        item = kind.item or fields.Kind()
        inner = st.nothing() if depth <= 0 else _values(item, depth)
        if isinstance(kind, fields.Array):
            return st.lists(inner, max_size=2)
        return st.dictionaries(_texts, inner, max_size=2)
    return _scalars[type(kind)]


def _later(kind: fields.Kind, depth: int) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: _values(kind, depth))


def _contents(cls: type[Jsonizable], depth: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """Return dicts with any of the properties of a class, and values that fit."""
    if depth <= 0:
        return st.just({})
    found = {name: _later(field.kind, depth) for name, field in cls._fields.items()}
    return st.lists(st.sampled_from(sorted(found)), max_size=4, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: found[name] for name in names})
    )


@st.composite
def _described(draw: st.DrawFn) -> tuple[type[Jsonizable], dict[str, Any]]:
    cls = draw(st.sampled_from(_DESCRIPTIONS))
    return cls, draw(_contents(cls))


def _verdict(made: Jsonizable) -> str | None:
    try:
        made.validate()
    except ValidationError as error:
        return str(error)
    return None


def _snapshot(made: Jsonizable) -> tuple[object, ...]:
    """Return everything that a program or the service can see of an object."""
    return made.dump(), made.dump(None), made.to_dict(), list(made), _verdict(made)


def test_laws_are_tested_on_all_classes() -> None:
    assert len(_CLASSES) > 50
    assert len(_DESCRIPTIONS) > 35


@given(_described())
def test_round_trip_of_any_description_is_equal(
    given_: tuple[type[Jsonizable], dict[str, Any]],
) -> None:
    cls, content = given_
    made = cls(content)

    assert cls(made.dump()) == made
    assert cls(made.dump(None).encode()) == made
    assert cls(json.loads(str(made))) == made
    assert cls(made) == made
    assert cls(dct=dict(made)) == made
    assert cls(**dict(made)) == made
    assert cls.from_dict(made.to_dict()).dump() == made.dump()


@given(_described())
def test_pickle_and_copies_of_any_description_are_equal_and_independent(
    given_: tuple[type[Jsonizable], dict[str, Any]],
) -> None:
    cls, content = given_
    made = cls(content)
    before = _snapshot(made)

    for copied in (
        copy.copy(made),
        copy.deepcopy(made),
        pickle.loads(pickle.dumps(made)),
        cls(made),
        cls(made.detail()),
    ):
        assert copied == made
        assert _snapshot(copied) == before
        _ruin(copied)
        assert _snapshot(made) == before
    copied = copy.deepcopy(made)
    _ruin(made)
    assert _snapshot(copied) == before


@given(_described())
def test_content_given_to_a_constructor_is_independent_both_ways(
    given_: tuple[type[Jsonizable], dict[str, Any]],
) -> None:
    cls, content = given_
    original = copy.deepcopy(content)
    made = cls(content)
    before = _snapshot(made)

    assert content == original
    _ruin(content)
    assert _snapshot(made) == before
    content = copy.deepcopy(original)
    made = cls(content)
    _ruin(made)
    assert content == original


def _ruin(value: Any) -> None:
    """Change a structure at every place that can be changed."""
    if isinstance(value, Jsonizable):
        for entry in list(value.values()):
            _ruin(entry)
        if not value._read_only:
            value.clear()
    elif isinstance(value, dict):
        for entry in value.values():
            _ruin(entry)
        # Maps and lists of models would check it.
        dict.update(value, ruined="ruined")
    elif isinstance(value, list):
        for entry in value:
            _ruin(entry)
        list.append(value, "ruined")


@given(_described(), st.data())
def test_update_and_load_are_merges(
    given_: tuple[type[Jsonizable], dict[str, Any]], data: st.DataObject
) -> None:
    cls, content = given_
    # Blank texts leave some properties alone, which is another law.
    more = {
        name: value
        for name, value in data.draw(_contents(cls)).items()
        if not (isinstance(value, str) and not value.strip())
    }
    updated, loaded, keyed = cls(content), cls(content), cls(content)
    expected = {**cls(content).detail(), **{name: cls(more)[name] for name in more}}

    updated.update(more)
    loaded.load(json.dumps(more))
    keyed.update(**more)

    assert dict(updated) == {name: entry for name, entry in expected.items() if entry is not None}
    assert updated == loaded == keyed
    again = cls(updated)
    again.update(more)
    assert again == updated
    updated.update(updated)
    assert updated == loaded


@given(_described())
def test_detail_says_the_same_as_the_dump(
    given_: tuple[type[Jsonizable], dict[str, Any]],
) -> None:
    cls, content = given_
    made = cls(content)
    detail = made.detail()

    assert list(detail) == list(made) == list(json.loads(made.dump()))
    assert all(made[name] == value for name, value in detail.items())
    assert made.copy() == detail
    for name, value in detail.items():
        if isinstance(cls._fields[name].kind, fields.Nested):
            assert isinstance(value, Jsonizable)
            assert value is not made[name]


@given(_described(), st.data())
def test_reads_of_any_kind_change_nothing_that_is_sent(
    given_: tuple[type[Jsonizable], dict[str, Any]], data: st.DataObject
) -> None:
    cls, content = given_
    made = cls(content)
    before = _snapshot(made)

    for _ in range(data.draw(st.integers(1, 6))):
        _read(made, data)

    assert _snapshot(made) == before
    assert made == cls(content)
    for copied in (copy.deepcopy(made), pickle.loads(pickle.dumps(made)), cls(made)):
        assert _snapshot(copied) == before


def _read(value: Any, data: st.DataObject) -> None:
    """Walk down from a value by reads that a program could make."""
    for _ in range(6):
        if isinstance(value, Jsonizable):
            # What reads create is the interesting part, so it is read more often.
            created = [field.name for field in value._containers]
            name = data.draw(st.sampled_from(created * 3 + sorted(value._fields)))
            how = data.draw(st.integers(0, 12))
            if how == 0:
                value = value.get(name)
            elif how == 1:
                value = value[name]
            elif how == 2:
                hasattr(value, name)
            elif how == 3:
                assert isinstance(name in value, bool)
            elif how == 4:
                assert len(list(value)) == len(value)
            elif how == 5:
                str(value)
                _verdict(value)
            elif how == 6:
                value = copy.deepcopy(value) if data.draw(st.booleans()) else value
            elif how == 7:
                dict(value.items())
                assert value == value
            else:
                value = getattr(value, name)
        elif isinstance(value, Mapping) and value:
            value = data.draw(st.sampled_from(list(value.values())))
        elif isinstance(value, list) and value:
            value = data.draw(st.sampled_from(value))
        else:
            return


@given(_described(), st.dictionaries(_texts, _json, max_size=4))
@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_unknown_keys_are_dropped_by_all_that_take_content(
    given_: tuple[type[Jsonizable], dict[str, Any]], unknown: dict[str, Any]
) -> None:
    cls, content = given_
    unknown = {key: value for key, value in unknown.items() if key not in cls._fields}
    made = cls(content)
    mixed = {**unknown, **content}

    assert cls(mixed) == made
    assert cls(json.dumps(mixed)) == made
    updated = cls(content)
    updated.update(unknown)
    updated.load(json.dumps(unknown))
    assert updated == made


_WRONG: dict[type[fields.Kind], st.SearchStrategy[Any]] = {
    fields.Text: st.integers() | st.booleans() | st.just([]) | st.just({}),
    fields.Integer: st.text() | st.booleans() | st.just(0.5) | st.just([]),
    fields.Number: st.text() | st.booleans() | st.just({}),
    fields.Boolean: st.integers() | st.text(),
    fields.TextOrInteger: st.booleans() | st.floats() | st.just([]),
    fields.Time: st.booleans() | st.just([]),
    fields.Nested: st.integers() | st.booleans() | st.lists(st.none()) | st.sampled_from(["x", ""]),
    fields.Map: st.integers() | st.text() | st.lists(st.none()),
    fields.Array: st.integers() | st.text() | st.dictionaries(_texts, st.none()),
}


@given(st.sampled_from(_CLASSES), st.data())
def test_wrong_types_are_type_errors_that_name_the_property_and_change_nothing(
    cls: type[Jsonizable], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(cls._fields)))
    field = cls._fields[name]
    assume(type(field.kind) in _WRONG)
    wrong = data.draw(_WRONG[type(field.kind)])
    assume(not (field.blank_keeps and isinstance(wrong, str)))
    content = data.draw(_contents(cls))
    made = cls(content)
    before = _snapshot(made)
    message = f"^{cls.__name__}: {name} must be "

    for give in (cls, made.update):
        with pytest.raises(TypeError, match=message):
            give({**content, name: wrong})
    with pytest.raises(TypeError, match=message):
        made.load(json.dumps({name: wrong}))
    if not cls._read_only:
        with pytest.raises(TypeError, match=message):
            made[name] = wrong
        with pytest.raises(TypeError, match=message):
            setattr(made, name, wrong)
    assert _snapshot(made) == before


@given(st.sampled_from(_CLASSES), st.data())
def test_decode_takes_any_object_and_loses_nothing(
    cls: type[Jsonizable], data: st.DataObject
) -> None:
    answer: dict[str, Any] = {
        **data.draw(st.dictionaries(_texts, _json, max_size=3)),
        **data.draw(_contents(cls)),
        **data.draw(st.dictionaries(st.sampled_from(sorted(cls._fields)), _json, max_size=3)),
    }
    if cls._discriminator is not None:
        assume(answer.get(cls._discriminator[0]) not in cls._discriminator[1])
    original = copy.deepcopy(answer)
    made = cls.from_dict(answer)

    _assert_readable(made, original)
    json.loads(made.dump())
    json.loads(made.dump(None))
    made.to_dict()
    _verdict(made)
    assert copy.deepcopy(made).dump() == made.dump()
    assert pickle.loads(pickle.dumps(made)).dump() == made.dump()
    _ruin(made)
    assert answer == original


def _assert_readable(made: Any, answer: Any) -> None:
    if isinstance(made, Jsonizable):
        assert isinstance(answer, dict)
        for key, value in answer.items():
            if value is not None:
                kind = made._fields[key].kind if key in made._fields else None
                if isinstance(kind, fields.Time) and value == "":
                    assert made[key] is None
                    assert key in made
                    continue
                if not isinstance(made[key], datetime):
                    _assert_readable(made[key], value)
                assert (key in made) == (made.get(key) is not None)
    elif isinstance(answer, dict):
        assert list(made) == list(answer)
        for key, value in answer.items():
            _assert_readable(made[key], value)
    elif isinstance(answer, list):
        assert len(made) == len(answer)
        for one, value in zip(made, answer, strict=True):
            _assert_readable(one, value)
    else:
        assert made == answer


@given(st.sampled_from(_CLASSES), st.data())
@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_any_json_text_is_taken_whole_or_refused_whole(
    cls: type[Jsonizable], data: st.DataObject
) -> None:
    names = st.sampled_from(sorted(cls._fields)) | _texts
    content = data.draw(
        _json | st.dictionaries(names, _json, max_size=4) | _contents(cls).map(dict)
    )
    text = json.dumps(content)
    made = cls(data.draw(_contents(cls)))
    before = _snapshot(made)

    try:
        made.load(text)
    except TypeError:
        assert _snapshot(made) == before
        return
    assert isinstance(content, dict)
    for name, value in content.items():
        if name in cls._fields and value is None:
            assert name not in made
    after = _snapshot(made)
    made.load(text)
    assert _snapshot(made) == after
    assert cls(made) == made


@given(_described(), st.data())
@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_any_json_value_is_assigned_as_a_copy_or_refused(
    given_: tuple[type[Jsonizable], dict[str, Any]], data: st.DataObject
) -> None:
    cls, content = given_
    name = data.draw(st.sampled_from(sorted(cls._fields)))
    kind = cls._fields[name].kind
    value = data.draw(_json | _later(kind, 3))
    as_item = data.draw(st.booleans())
    made = cls(content)
    before = _snapshot(made)
    original = copy.deepcopy(value)

    try:
        if as_item:
            made[name] = value
        else:
            setattr(made, name, value)
    except TypeError as error:
        refused: str | None = str(error)
    else:
        refused = None
    assert value == original
    if refused is not None:
        assert refused.startswith(f"{cls.__name__}: {name}")
        assert _snapshot(made) == before
        return
    if value is None:
        assert name not in made
    after = _snapshot(made)
    _ruin(value)
    assert _snapshot(made) == after
    for copied in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert copied == made
        assert _snapshot(copied) == after
    made.update({name: original})
    assert _snapshot(made) == after


@given(_described(), st.dictionaries(_texts, _json, min_size=1, max_size=4))
def test_unknown_keys_that_are_kept_survive_every_copy_and_are_sent(
    given_: tuple[type[Jsonizable], dict[str, Any]], unknown: dict[str, Any]
) -> None:
    cls, content = given_
    unknown = {key: value for key, value in unknown.items() if key not in cls._fields}
    made = cls({**unknown, **content}, keep_unknown=True)
    plain = cls(content)

    assert made.to_dict() == {**plain.to_dict(), **unknown}
    assert json.loads(made.dump(None)) == {**json.loads(plain.dump()), **unknown}
    for copied in (
        copy.deepcopy(made),
        pickle.loads(pickle.dumps(made)),
        cls(made),
        cls(made.dump(), keep_unknown=True),
    ):
        assert copied == made
        assert copied.to_dict() == made.to_dict()
