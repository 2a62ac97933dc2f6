"""Reading of agents' messages, with every part of them checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from batchcompute.server.executors.agent.frames import Frame
from batchcompute.server.executors.agent.protocol import Findings
from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    EndReason,
    Event,
    Receipt,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.executors.network import told
from batchcompute.server.executors.network.protocol import (
    LONGEST_WAIT_SECONDS,
    Hello,
    JoinRequest,
    RefusedError,
)

#: Longest names of agents, of their machines, and of attempts and groups, in characters.
_LONGEST_NAME, _LONGEST_HOST, _LONGEST_ID = 64, 255, 512
#: Longest text of an agent that is shown to people, in characters, and how many notes are.
_LONGEST_WORDS, _MOST_NOTES = 1000, 50
#: Longest text that comes with the end of an attempt, in characters. More of it is left out.
_LONGEST_DETAIL = 20_000
#: Attempts that an agent keeps something of, and items of a frame, at the most.
_MOST_ITEMS = 100_000
#: Numbers are no larger than that, and times no later, in seconds since the epoch.
_LARGEST, _LATEST = (1 << 53) - 1, 1e11
#: Exit codes are what a database keeps of them.
_CODE = 1 << 31
_REASONS = dict.fromkeys(get_args(EndReason))


def read_hello(said: Mapping[str, Any]) -> Hello:
    """Read what every agent says first, whatever else it says, or leaves out, in its release.

    Raises:
        RefusedError: It is something else; the message names the field.
    """
    return Hello(_whole(said, "protocol"), _line(said, "release", _LONGEST_NAME))


def read_join_request(said: Mapping[str, Any]) -> JoinRequest:
    """Read how an agent introduces itself.

    Raises:
        RefusedError: It is something else; the message names the field.
    """
    findings = told.fields(said.get("findings"), "findings")
    notes = told.items(findings.get("notes", []), "findings.notes", _MOST_ITEMS)[:_MOST_NOTES]
    kept = told.items(said.get("kept", []), "kept", _MOST_ITEMS)
    return JoinRequest(
        agent=_agent(said),
        boot=_text(said, "boot", _LONGEST_NAME),
        vm=_text(said, "vm", _LONGEST_NAME),
        protocol=_whole(said, "protocol"),
        release=_line(said, "release", _LONGEST_NAME),
        host=_line(said, "host", _LONGEST_HOST),
        address=_line(said, "address", _LONGEST_NAME),
        processors=_whole(said, "processors"),
        memory_mib=_whole(said, "memory_mib"),
        findings=Findings(
            notes=tuple(
                as_line(told.text(each, f"findings.notes[{at}]", _LARGEST))
                for at, each in enumerate(notes)
            )
        ),
        kept=tuple(told.text(each, f"kept[{at}]", _LONGEST_ID) for at, each in enumerate(kept)),
        machine=_text(said, "machine", _LONGEST_NAME) if said.get("machine") else "",
    )


def read_frame(said: Mapping[str, Any]) -> Frame:
    """Read a frame of a session, with events in place of what stands for them.

    Raises:
        RefusedError: It is none; the message names the field.
    """
    items = told.items(said.get("items"), "items", _MOST_ITEMS)
    return {
        "boot": _text(said, "boot", _LONGEST_NAME),
        "first": told.whole(said.get("first"), "first", 1, _LARGEST),
        "ack": _whole(said, "ack"),
        "items": [_read_event(each, f"items[{at}]") for at, each in enumerate(items)],
        "wait": told.number(said.get("wait", LONGEST_WAIT_SECONDS), "wait", _LARGEST),
    }


def read_cause(said: Mapping[str, Any]) -> str:
    """Read why an agent leaves, as one line.

    Raises:
        RefusedError: It is no text.
    """
    return _line(said, "cause", _LARGEST) if said.get("cause") else "its agent left"


def as_line(text: str) -> str:
    """Return what an agent says as one line of text that is not too long."""
    line = " ".join(text[: 4 * _LONGEST_WORDS].split())
    shown = "".join(each if each.isprintable() else "?" for each in line[: _LONGEST_WORDS + 1])
    return shown if len(shown) <= _LONGEST_WORDS else f"{shown[: _LONGEST_WORDS - 1]}…"


def _read_event(said: object, path: str) -> Event:
    item = told.items(said, path, 20)
    word = told.one_of(item[0] if item else None, f"{path}[0]", _EVENTS)
    least, most = _EVENTS[word]
    if not least <= len(item) - 1 <= most:
        raise RefusedError("request", f"{path} is to have {least} values after {word!r}")

    def text(at: int, longest: int = _LONGEST_ID) -> str:
        return told.text(item[at], f"{path}[{at}]", longest)

    def words(at: int) -> str:
        return text(at, _LARGEST)

    match word:
        case "ended":
            return AttemptEnded(_read_receipt(item[1], f"{path}[1]"))
        case "started":
            return AttemptStarted(text(1), told.number(item[2], f"{path}[2]", _LATEST))
        case "lost":
            planned = len(item) > 3 and told.truth(item[3], f"{path}[3]")
            return AttemptLost(text(1), words(2), planned)
        case "joined":
            return WorkerJoined(text(1), text(2))
        case "left":
            return WorkerLeft(text(1), text(2), words(3))
        case _:
            return WorkerWarned(text(1), text(2), words(3))


#: How an event begins, and how many values follow, at the least and at the most.
_EVENTS = {
    "ended": (1, 1),
    "started": (2, 2),
    "lost": (2, 3),
    "joined": (2, 4),
    "left": (3, 3),
    "warned": (3, 3),
}


def _read_receipt(said: object, path: str) -> Receipt:
    values = told.items(said, path, 20)
    if not 5 <= len(values) <= 8:
        raise RefusedError("request", f"{path} is to have 5 to 8 values")
    words = [
        told.text(each, f"{path}[{at}]", _LARGEST)[:_LONGEST_DETAIL]
        for at, each in enumerate(values[5:], 5)
    ]
    return Receipt(
        told.text(values[0], f"{path}[0]", _LONGEST_ID),
        cast("EndReason", told.one_of(values[1], f"{path}[1]", _REASONS)),
        told.whole(values[2], f"{path}[2]", -_CODE, _CODE - 1),
        told.number(values[3], f"{path}[3]", _LATEST),
        told.number(values[4], f"{path}[4]", _LATEST),
        *words,
    )


def _agent(said: Mapping[str, Any]) -> str:
    name = _text(said, "agent", _LONGEST_NAME)
    # A key of the objects is named after it.
    if not name.isascii() or not name.isalnum():
        raise RefusedError("request", "agent is to be ASCII letters and digits")
    return name


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    return told.text(said.get(name), name, longest)


def _line(said: Mapping[str, Any], name: str, longest: int) -> str:
    return as_line(_text(said, name, longest))


def _whole(said: Mapping[str, Any], name: str) -> int:
    return told.whole(said.get(name), name, 0, _LARGEST)
