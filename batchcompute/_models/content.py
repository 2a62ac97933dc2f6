"""The content of a model, as dicts: live for programs, for JSON text, and for requests.

Every dump, comparison, iteration and request goes through here. So each class gets functions of its
own, written and compiled when they are first called: one plain slot access per property, and no
questions that the kind of a property answers beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from batchcompute._models.containers import (
    CheckedDict,
    CheckedList,
    FrozenDict,
    FrozenReadDict,
    ReadDict,
    ReadList,
)
from batchcompute._models.kinds import Map, Nested, Time
from batchcompute._models.times import format_time
from batchcompute._models.values import EMPTY, READ, Kept, is_model

#: Values that every kind of content holds as they are.
SCALARS: Final = frozenset({str, int, float, bool, type(None)})

#: Shown in place of a secret.
_MASK: Final = "***"

#: Method of a model -> how it holds a nested model, and any other value.
_FORMS: Final = {
    # The values themselves, for reading and comparing.
    "_content": ("value", "value"),
    # Nested models as dicts. What else there is, also a map of models, is left to the JSON encoder,
    # which asks for each model when it comes to it: less is alive at once.
    "_for_json": ("value._for_json()", "value"),
    # Nothing but dicts, lists and scalars of the caller's own, without what the schema lacks.
    "_for_request": (
        "value._for_request()",
        "value if value.__class__ in scalars else for_request(value)",
    ),
}


def compiled(cls: Any, method: str, base: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """Write and compile a method that returns what the objects of a class hold.

    Args:
        cls: The class of a schema; the method is set on it, in place of the one that called this.
        method: `_content`, `_for_json` or `_for_request`.
        base: The class of all models.
    """
    nested, plain = _FORMS[method]
    lines = [f"def {method}(self):", "    found = {}"]
    # Names of properties are identifiers, and nothing else of the schema enters the source.
    for name, field in cls._fields.items():
        keep = f"found[{name!r}] ="
        if isinstance(field.kind, Nested):
            lines += [
                f"    value = self._{name}",
                "    if value is not None:",
                "        if not isinstance(value, base):",
                f"            {keep} {plain}",
                f"        elif value._origin < {READ} or value._touched():",
                f"            {keep} {nested}",
            ]
        elif field.kind.created_on_read:
            lines += [
                f"    value = self._{name}",
                "    if value is not None and (value.__class__ in written or counts(value)):",
                # The JSON encoder is quicker with an ordinary dict, even if that is made first.
                f"        {keep} value.copy() if value.__class__ is checked else value"
                if method == "_for_json" and isinstance(field.kind, Map)
                else f"        {keep} {plain}",
            ]
        elif isinstance(field.kind, Time):
            lines += [
                f"    value = self._{name}",
                "    if value is empty:",
                "        pass" if method == "_for_request" else f"        {keep} None",
                "    elif value is not None:",
                f"        {keep} {plain}",
            ]
        else:
            lines += [
                f"    value = self.{name}",
                "    if value is not None:",
                f"        {keep} {plain}",
            ]
    if method == "_for_request":
        lines += [
            "    if self._extra.__class__ is Kept:",
            "        found.update(for_request(self._extra))",
        ]
    else:
        lines += ["    if self._extra is not None:", "        found.update(self._extra)"]
    lines.append("    return found")
    namespace: dict[str, Any] = {
        "Kept": Kept,
        "base": base,
        "checked": CheckedDict,
        "counts": counts,
        "empty": EMPTY,
        "for_request": for_request,
        "scalars": SCALARS,
        "written": frozenset({dict, list, CheckedDict, CheckedList, FrozenDict}),
    }
    exec("\n".join(lines), namespace)
    setattr(cls, method, namespace[method])
    return namespace[method]  # type: ignore[no-any-return]  # what was just compiled


def counts(value: Any) -> bool:
    """Return whether a value is more than the empty one that a read creates."""
    if is_model(value):
        return bool(value._origin < READ or value._touched())
    return bool(value) or not isinstance(value, ReadDict | FrozenReadDict | ReadList)


def for_request(value: Any) -> Any:
    """Return a value of a model as a request has it: dicts, lists and scalars, all new."""
    return _plain(value, lambda model: model._for_request())


def everything(value: Any) -> Any:
    """Return a value with everything below it as dicts, lists and scalars, unknown fields too."""
    return _plain(value, lambda model: everything(model._for_json()))


def masked(value: Any) -> Any:
    """Return a value with everything below it as dicts, lists and scalars, but without secrets."""
    return _plain(value, _masked)


def _masked(model: Any) -> dict[str, Any]:
    secrets = model._secrets
    return {
        name: _MASK if name in secrets and value else masked(value)
        for name, value in model._content().items()
    }


def _plain(value: Any, content: Callable[[Any], Any]) -> Any:
    if type(value) in SCALARS:
        return value
    if is_model(value):
        return content(value)
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, Any]", value)
        return {
            key: entry if type(entry) in SCALARS else _plain(entry, content)
            for key, entry in entries.items()
        }
    if isinstance(value, list | tuple):
        items = cast("list[Any]", value)
        return [_plain(item, content) for item in items]
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value
