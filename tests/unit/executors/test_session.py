"""What a server and an agent say to each other: each item counts once, whatever gets lost."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.executors.agent.frames import (
    FrameError,
    Frames,
    FrameSocket,
    encode_frame,
)
from batchcompute.server.executors.agent.protocol import (
    Findings,
    Join,
    Settings,
    event_item,
    plain,
    read_event,
    read_join,
    read_settings,
)
from batchcompute.server.executors.agent.session import Item, Session, SessionError
from batchcompute.server.executors.embedded.wanted import Wanted
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Receipt,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)

_RECEIPT = Receipt("a.1", "exited", 3, 1.5, 2.25, detail="ü\n")
_EVENTS: list[Event] = [
    AttemptStarted("a.1", 1.5),
    AttemptEnded(_RECEIPT),
    AttemptLost("a.1", "it was killed"),
    WorkerJoined("p", "vm"),
    WorkerJoined("p", "vm", "127.1.0.1", "host"),
    WorkerLeft("p", "vm", "it was released"),
    WorkerWarned("p", "vm", "something"),
]


@given(
    frames=st.lists(st.dictionaries(st.text(), st.text() | st.integers(), max_size=3), max_size=4),
    size=st.integers(1, 7),
)
def test_frames_do_not_depend_on_how_bytes_arrive(
    frames: list[dict[str, object]], size: int
) -> None:
    data = b"".join(map(encode_frame, frames))
    reader = Frames()
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    assert [frame for piece in pieces for frame in reader.feed(piece)] == frames


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\0\0\0\1x", b"\0\0\0\2[]"])
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        list(Frames().feed(data))


@pytest.fixture
def sockets() -> Iterator[tuple[FrameSocket, FrameSocket]]:
    near, far = map(FrameSocket, socket.socketpair())
    yield near, far
    near.close()
    far.close()


def test_frame_longer_than_a_buffer_waits_for_its_reader(
    sockets: tuple[FrameSocket, FrameSocket],
) -> None:
    near, far = sockets
    frame = {"long": "x" * 5_000_000}
    near.send(frame)
    assert near.has_unsent
    found: list[object] = []
    while not found:
        found += far.receive() or []
        near.flush()
    assert found == [frame]
    assert not near.has_unsent
    assert far.receive() == []
    near.send({"last": 1})
    near.close()
    assert far.receive() == [{"last": 1}]
    assert far.receive() is None
    far.send({"to": "nobody"})


@pytest.mark.parametrize("event", _EVENTS, ids=lambda event: type(event).__name__)
def test_event_survives_its_way_to_the_server(event: Event) -> None:
    assert read_event(json.loads(json.dumps(event_item(event)))) == event


def test_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match="'nonsense' is no event"):
        read_event(["nonsense"])


def test_meeting_survives_its_way() -> None:
    findings = Findings("/usr/bin/bwrap", "", ("one", "two"))
    settings = Settings("/data", "/", "file:///objects", "namespace", 0.5, 1024, 60.0, findings)
    assert read_settings(json.loads(json.dumps(plain(settings)))) == settings
    unknown = Settings("/data", "/", "file:///objects")
    assert read_settings(json.loads(json.dumps(plain(unknown)))) == unknown
    join = Join("boot", "3.0", "host", 2, findings, {"a.1": "alive"})
    assert read_join(json.loads(json.dumps(plain(join)))) == join


@given(st.data())
def test_every_item_counts_once_and_in_order_whatever_is_lost(data: st.DataObject) -> None:
    """As over a transport that loses frames, and then repeats what was not acknowledged."""
    server, agent = Session("boot"), Session("boot")
    sent: dict[Session, list[Item]] = {server: [], agent: []}
    had: dict[Session, list[Item]] = {server: [], agent: []}

    def exchange(one: Session, other: Session, *, lossy: bool) -> None:
        frame = one.frame()
        if frame is None:
            return
        if lossy and data.draw(st.booleans(), "the frame is lost"):
            one.repeat()
            return
        frame = json.loads(json.dumps(frame))
        for _ in range(data.draw(st.integers(1, 2), "how often it comes")):
            had[other] += other.take(frame)

    for number in range(data.draw(st.integers(1, 12), "turns")):
        one, other = data.draw(st.permutations([server, agent]))
        if data.draw(st.booleans(), "something is said"):
            item = ["said", number]
            one.add(item)
            sent[one].append(item)
        exchange(one, other, lossy=True)
    for each, other in ((server, agent), (agent, server)):
        each.repeat()
        exchange(each, other, lossy=False)
        assert had[other] == sent[each]


def test_session_acknowledges_by_itself_and_keeps_what_is_not_acknowledged() -> None:
    server, agent = Session("boot"), Session("boot")
    for number in range(300):
        agent.add(["event", number])
    frame = agent.frame()
    assert frame is not None
    assert len(server.take(frame)) == 300
    assert agent.unacknowledged == 300
    answer = server.frame()
    assert answer == {"boot": "boot", "first": 1, "items": [], "ack": 300}
    assert agent.take(answer) == []
    assert agent.unacknowledged == 0
    assert server.frame() is None


def test_frame_of_another_boot_or_with_a_gap_is_refused() -> None:
    session = Session("boot")
    with pytest.raises(SessionError, match="not former"):
        session.take({"boot": "former", "first": 1, "items": [["x"]], "ack": 0})
    with pytest.raises(SessionError, match="items 1 to 2 are missing"):
        session.take({"boot": "boot", "first": 3, "items": [["x"]], "ack": 0})


def _orders(wanted: Wanted, **kept: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for word, *rest in wanted.resume(dict.fromkeys(kept, "alive")):
        if rest[-1]:
            found.setdefault(word, []).extend(rest)
    return found


def test_next_agent_is_told_all_that_is_wanted() -> None:
    wanted = Wanted()
    assert list(wanted.resume({"old": "alive", "older": "ended"})) == []
    wanted.request("p", {"vm-1": False, "vm-2": True, "vm-3": True})
    assert wanted.note(WorkerJoined("p", "vm-1"))
    assert not wanted.note(WorkerJoined("p", "vm-1"))
    wanted.release("p", ["vm-3", "unknown"])
    attempts = [Attempt(name, "p", "vm-1", "true") for name in ("a", "b", "c")]
    assert wanted.start(attempts) == attempts
    assert wanted.start(attempts) == []
    assert wanted.settle(["old", "older", "none"]) == {
        "old": "alive",
        "older": "ended",
        "none": "unknown",
    }
    assert wanted.note(AttemptStarted("a", 1.5))
    assert wanted.note(AttemptEnded(Receipt("older", "exited", 0, 1.0, 2.0)))
    assert wanted.note(AttemptLost("none", "never heard of"))
    wanted.stop(["b", "older"])
    wanted.forget(["old", "older", "none"])
    assert wanted.kept() == {"old", "a", "b", "c"}
    orders = _orders(wanted, old="", older="", a="")
    assert [item[0] for item in orders.pop("start")[0]] == ["b", "c"]  # type: ignore[attr-defined]
    assert orders == {
        "request": ["p", {"vm-1": True, "vm-2": True, "vm-3": True}],
        "settle": [["a", "old"]],
        "stop": [["b"]],
        "release": ["p", ["vm-3"]],
        "forget": [["older"], ["old"]],
    }
    assert wanted.note(WorkerLeft("p", "vm-3", "it was released"))
    assert wanted.note(AttemptEnded(Receipt("old", "exited", 0, 1.0, 2.0)))
    assert wanted.kept() == {"a", "b", "c"}


def test_revocation_outlives_the_agent_that_was_told_of_it() -> None:
    wanted = Wanted(new=False)
    wanted.start([Attempt(name, "p", "vm-1", "true") for name in ("waits", "begins", "ends")])
    wanted.revoke(["waits", "begins", "ends", "unknown"])
    assert _orders(wanted)["revoke"] == [["begins", "ends", "waits"]]
    # What has begun goes on, and what has ended needs nothing.
    assert wanted.note(AttemptStarted("begins", 1.5))
    assert wanted.note(AttemptLost("ends", "taken back"))
    orders = _orders(wanted, waits="")
    assert orders["revoke"] == [["waits"]]
    # It is started before that, so that its end is told.
    assert list(orders).index("start") < list(orders).index("revoke")


def test_end_counts_once_and_only_for_who_waits_for_it() -> None:
    wanted = Wanted()
    end = AttemptEnded(_RECEIPT)
    assert not wanted.note(end)
    assert not wanted.note(AttemptStarted("a.1", 1.5))
    wanted.start([Attempt("a.1", "p", "vm", "true")])
    assert wanted.note(AttemptStarted("a.1", 1.5))
    assert wanted.note(end)
    assert not wanted.note(end)
    assert not wanted.note(AttemptLost("a.1", "late"))
    # Who asks again is told again.
    assert wanted.settle(["a.1"]) == {"a.1": "ended"}
    assert wanted.note(end)
    assert wanted.note(WorkerWarned("p", "vm", "something"))
