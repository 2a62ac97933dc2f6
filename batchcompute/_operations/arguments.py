"""Convert arguments of programs to what is sent: ids, descriptions, markers, tokens, filters.

Type checkers see narrower types; at run time more is accepted, as old programs need it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import quote

from batchcompute._models.base import Jsonizable, parse_object
from batchcompute._models.values import WrongTypeError, as_built_in, by_index
from batchcompute._models.warnings import warn

_M = TypeVar("_M", bound=Jsonizable)


def identifier(value: Any, what: str, *keys: str) -> str:
    """Return the id that an argument is or has, without blanks and line ends around it.

    Args:
        value: A string, a number, an object with one of the attributes, or a mapping with one of
            the keys.
        what: Name of the argument, for the error.
        *keys: Attributes or keys that may hold the id, the first that is there counts; none if the
            argument must be the id itself.

    Raises:
        TypeError: It has no usable id.
    """
    found, kind = value, type(value).__name__
    if isinstance(value, Mapping):
        content = cast("Mapping[str, Any]", value)
        found = next((content[key] for key in keys if content.get(key) is not None), None)
    elif not isinstance(value, str) and not hasattr(value, "__index__"):
        found = next((getattr(value, key) for key in keys if hasattr(value, key)), None)
    if not isinstance(found, str):
        try:
            found = str(by_index(found, "an id"))
        except TypeError:
            has = f" or have {' or '.join(keys)}" if keys else ""
            raise TypeError(f"{what} must be an id{has}, not {kind}") from None
    # An id that was read from a file or from the output of a command ends with a line end.
    found = found.strip()
    if found in ("", ".", ".."):
        raise TypeError(f"{what} must be a real id, not {found!r}")
    if not found.isascii():
        try:
            found.encode("utf-8")
        except UnicodeEncodeError:
            raise TypeError(f"{what} cannot be sent: {found!r} is not valid Unicode") from None
    return found


def path_segment(value: Any, what: str, *keys: str) -> str:
    """Return the id that an argument is or has, quoted for a path; see `identifier`."""
    return quote(identifier(value, what, *keys), safe="")


def describe(cls: type[_M], value: Any) -> _M:
    """Return the description that an argument is or stands for.

    Args:
        cls: The description's class.
        value: An object of it, a dict, or JSON text.

    Raises:
        TypeError: It is something else, or a value in it has the wrong type.
        JsonError: The text is not JSON.
    """
    return value if isinstance(value, cls) else cls(value)


def describe_one_of(
    value: Any,
    what: str,
    discriminator: str,
    choose: Callable[[Mapping[str, Any]], str],
    variants: Mapping[str, Any],
) -> Any:
    """Return the description that an argument is or stands for, where it may be of several kinds.

    Args:
        value: An object of one of the classes, a dict, or JSON text.
        what: Name of the argument, for the error.
        discriminator: The property that says the kind; it is added where it is missing.
        choose: Tells from the content which kind it is.
        variants: Kind -> class.

    Raises:
        TypeError: It is something else, or a value in it has the wrong type.
        JsonError: The text is not JSON.
    """
    if isinstance(value, tuple(variants.values())):
        return value
    if isinstance(value, str | bytes):
        value = parse_object(value)
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} must be a description, a dict or JSON, not {type(value).__name__}")
    content = cast("Mapping[str, Any]", value)
    kind = choose(content)
    # A kind that nobody knows is for the service to judge.
    return variants[kind]({**content, discriminator: content.get(discriminator) or kind})


def only(cls: type[_M], member: str, value: Any, what: str) -> _M:
    """Return a description of changes that replaces one map and changes nothing else.

    Args:
        cls: The description's class.
        member: Name of the map.
        value: The map; None empties it.
        what: Name of the argument, for the error.

    Raises:
        TypeError: It is not a mapping.
    """
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{what} must be a dict, not {type(value).__name__}")
    made: Any = cls({member: value or {}})
    # Defaults of a new object would be sent as changes.
    for name in [name for name in made if name != member]:
        del made[name]
    return cast("_M", made)


def by_value(discriminator: str, *kinds: str) -> Callable[[Mapping[str, Any]], str]:
    """Return a function that tells the kind of a description from the member that says it.

    Args:
        discriminator: Name of the member.
        *kinds: The kinds; whatever says none of them is of the first one.
    """

    def choose(content: Mapping[str, Any]) -> str:
        kind = content.get(discriminator)
        return kind if kind in kinds else kinds[0]

    return choose


def integer(value: Any, what: str) -> int:
    """Return an argument that must be an integer, also of another library, such as numpy.

    Raises:
        TypeError: It is something else.
    """
    try:
        return by_index(value, "an integer")
    except WrongTypeError as error:
        raise error.at(what) from None


def given(params: dict[str, Any]) -> dict[str, Any]:
    """Return the query parameters that are not blank."""
    return {
        name: as_built_in(value)
        for name, value in params.items()
        if value is not None and value != ""
    }


def token_text(token: Any) -> str:
    """Return an idempotency token as it is sent; "" if there is none.

    Raises:
        TypeError: It is neither a string, a number nor a UUID.
    """
    if token is None:
        return ""
    if isinstance(token, uuid.UUID):
        # The service takes letters, digits and underscores.
        return token.hex
    plain = as_built_in(token)
    if isinstance(plain, str | int) and not isinstance(plain, bool):
        return str(plain)
    raise TypeError(f"token must be a str or a UUID, not {type(token).__name__}")


def marker_text(marker: Any) -> str:
    """Return a marker as it is sent; some programs ask for the first page with 0 or None."""
    return str(as_built_in(marker)) if marker else ""


def optional_text(value: Any) -> str:
    """Return a parameter that is also sent when it is blank."""
    return "" if value is None else str(value)


def page_marker(marker: Any, next_marker: Any) -> Any:
    """Return the marker of a page; the documentation calls the argument `next_marker`, too.

    Raises:
        TypeError: Both are given and differ.
    """
    if not next_marker:
        return marker
    if marker and str(marker) != str(next_marker):
        raise TypeError("marker and next_marker are the same argument, but have two values")
    return next_marker


def check_filters(operation: str, filters: Mapping[str, Any], *known: str) -> None:
    """Warn about unknown filters, which are ignored: the list is longer than wanted."""
    for name in filters:
        if name not in known:
            warn(f"{operation} has no filter {name!r}; it is ignored. It has: {', '.join(known)}")


def argument_or_filter(own: Any, filters: Mapping[str, Any], name: str) -> Any:
    """Return a filter given as an argument, or else under its wire name."""
    return own if own not in ("", None) else filters.get(name)


def flag(value: Any) -> Any:
    """Return a boolean parameter; some programs write it as a string."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    return value
