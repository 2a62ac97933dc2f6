"""Lines about VMs in the operation logs of clusters; `explain` reads some of them again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

CREATED: Final = "Instance created"
ACTIVE: Final = "Instance is active"
LOST: Final = "Instance lost: "
RELEASING: Final = "Release ECS instance..."
RELEASED: Final = "Instance released"

#: Said of a VM whose machine cannot start programs for now, followed by the reason; and afterwards.
PROGRAMS_WAIT: Final = "Programs wait, and are tried again: "
PROGRAMS_START: Final = "Programs can be started again"

#: Said of a VM whose agent comes by itself, as long as none has, followed by how one is started.
AWAITS_AGENT: Final = "VMs wait for agents to join: "

_USUAL = (CREATED, ACTIVE, RELEASING, RELEASED)
_LINE = re.compile(r"\[[^]]*\]\[(?P<group>[^]]*)\]\[[^]]*\](?P<text>.+)", re.DOTALL)


def trouble_of_start(lines: Iterable[str], group: str) -> str:
    """Return what was said since a VM of a group last became active, of what keeps others from it.

    Args:
        lines: The operation logs, newest first.
        group: The group.

    Returns:
        The newest sentence that is not usual; "" if there is none.
    """
    for text in _of_group(lines, group):
        if text == ACTIVE:
            return ""
        if text not in _USUAL:
            return text
    return ""


def trouble_of_programs(lines: Iterable[str], group: str | None = None) -> str:
    """Return why programs do not start on the VMs of a group, if something keeps them from it.

    Args:
        lines: The operation logs, newest first.
        group: The group; None for any.

    Returns:
        The reason; "" if nothing was said, or that it is over.
    """
    for text in _of_group(lines, group):
        if text == PROGRAMS_START:
            return ""
        if text.startswith(PROGRAMS_WAIT):
            return text.removeprefix(PROGRAMS_WAIT)
    return ""


def _of_group(lines: Iterable[str], group: str | None) -> Iterable[str]:
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is not None and group in (None, found["group"]):
            yield found["text"]
