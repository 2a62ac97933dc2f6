"""Python names of what the contract names."""

from __future__ import annotations

import keyword
import re

from codegen.document import SpecError

#: Names that a method's argument cannot have, because the generated code uses them for itself.
_USED = frozenset(
    "self next_marker filters body params calls models responses types hooks operations Any PreparedRequest "
    "Literal overload".split()
)


def snake(name: str) -> str:
    """Return a wire name as Python writes names: `MaxItemCount` becomes `max_item_count`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def argument_name(where: str, name: str) -> str:
    """Return the name of an argument, if it may be one.

    Args:
        where: The operation, for the error.
        name: The name.

    Raises:
        SpecError: Python or the generated code has another use for the name.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name in _USED:
        raise SpecError(f"{where}: {name!r} cannot be the name of an argument; give an x-argument")
    return name


def spec_alias(schema: str) -> str:
    """Return the name of the type of what programs give for a schema: `JobSpec` for a job."""
    return schema.removeprefix("Any").removesuffix("Description") + "Spec"


def noun(schema: str) -> str:
    """Return how a sentence calls the thing of a schema: `cluster instance`."""
    return snake(schema).replace("_", " ")
