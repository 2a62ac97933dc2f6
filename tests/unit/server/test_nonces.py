from __future__ import annotations

import os
import random
import tracemalloc
from pathlib import Path

import pytest

from batchcompute.server.api.auth import nonces
from batchcompute.server.api.auth.nonce_log import NonceLog, current_boot
from batchcompute.server.api.auth.nonces import CAPACITY, NonceMemory

WINDOW = 900
NOW = 1_700_000_000
#: Two accounts.
ANN, BOB = 2, 3


class Place:
    """A folder of nonces, and the processes that use it one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path / "nonces"
        self.file = NonceLog(self.path, boot=b"this boot")

    def start(
        self, *, boot: bytes = b"this boot", now: int = NOW, capacity: int = 100
    ) -> NonceMemory:
        """Begin without having ended: what was not written is lost."""
        self.file = NonceLog(self.path, boot=boot)
        return self.file.open(WINDOW, now, capacity=capacity)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_nonces_are_forgotten_when_their_date_is_refused_anyway() -> None:
    memory = NonceMemory(900)
    assert memory.add(ANN, b"a", 1000, 1000)
    assert memory.add(ANN, b"b", 2000, 2000)
    assert memory.count == 1


def test_nonces_take_bounded_memory_and_still_nothing_is_replayed() -> None:
    memory = NonceMemory(900, capacity=100)
    sent = [(f"{second}.{number}".encode(), second) for second in range(50) for number in range(10)]
    for nonce, second in sent:
        assert memory.add(ANN, nonce, second, 50)
    assert memory.count <= 100
    random.Random(1).shuffle(sent)
    assert not any(memory.add(ANN, nonce, second, 50) for nonce, second in sent)
    assert memory.add(ANN, b"new", 51, 51)


def test_a_date_that_has_to_go_at_once_is_refused() -> None:
    memory = NonceMemory(900, capacity=2)
    assert memory.add(ANN, b"a", 20, 50)
    assert memory.add(ANN, b"b", 30, 50)
    # Older than all that are remembered, and there is no room: it cannot be known later.
    assert not memory.add(ANN, b"c", 10, 50)
    assert memory.add(ANN, b"d", 40, 50)


def test_an_account_that_asks_too_much_narrows_nobody_elses_window(place: Place) -> None:
    memory = place.start()
    for number in range(10):
        assert memory.add(ANN, b"%d" % number, NOW - 300 + number, NOW)
    sent = [(b"%d" % number, NOW + number // 20) for number in range(1000)]
    for nonce, date in sent:
        assert memory.add(BOB, nonce, date, NOW + 60)
    assert memory.count <= 100
    for _ in range(2):
        # What was forgotten of one is refused to that one, and what is known of the other is known.
        assert not any(memory.add(BOB, nonce, date, NOW + 60) for nonce, date in sent)
        for number in range(10):
            assert memory.knows(ANN, NOW - 300 + number)
            assert not memory.add(ANN, b"%d" % number, NOW - 300 + number, NOW + 60)
        assert not memory.knows(BOB, NOW)
        # Also after a restart.
        memory = place.start(now=NOW + 60)
    assert memory.add(ANN, b"new", NOW - 290, NOW + 60)


def test_dates_of_many_accounts_are_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "_MOST_DATES", 50)
    memory = NonceMemory(WINDOW)
    for second in range(NOW, NOW + 100):
        for account in range(1, 11):
            assert memory.add(account, b"a", second, second)
    assert memory.count <= 50
    # Each has lost its share.
    assert all(memory.knows(account, NOW + 97) for account in range(1, 11))
    assert not memory.knows(1, NOW)


def test_accounts_that_ask_no_more_are_forgotten() -> None:
    memory = NonceMemory(WINDOW)
    assert memory.add(BOB, b"a", NOW, NOW)
    assert memory.add(ANN, b"a", NOW + 2 * WINDOW, NOW + 2 * WINDOW)
    assert memory.count == 1


def test_a_restart_accepts_nothing_twice(place: Place) -> None:
    before = place.start()
    sent = [(f"{number}".encode(), NOW - number) for number in range(20)]
    assert all(before.add(ANN, nonce, date, NOW) for nonce, date in sent)
    after = place.start(now=NOW + 5)
    assert not any(after.add(ANN, nonce, date, NOW + 5) for nonce, date in sent)
    assert after.add(ANN, b"new", NOW - 300, NOW + 5)
    again = place.start(now=NOW + 10)
    assert not again.add(ANN, b"new", NOW - 300, NOW + 10)
    assert not again.add(ANN, b"3", NOW - 3, NOW + 10)


def test_all_of_the_window_is_remembered() -> None:
    memory = NonceMemory(WINDOW)
    per_second = 20
    for second in range(NOW, NOW + WINDOW):
        for number in range(per_second):
            assert memory.add(ANN, b"%d.%d" % (second, number), second, second)
    assert memory.knows(ANN, NOW)
    assert not memory.add(ANN, b"%d.0" % NOW, NOW, NOW + WINDOW - 1)
    # Correctly signed a while ago, and on its way until now.
    assert memory.add(ANN, b"late", NOW + 1, NOW + WINDOW - 1)
    assert CAPACITY >= 2000 * WINDOW


def test_remembered_nonces_are_small() -> None:
    memory = NonceMemory(WINDOW)
    tracemalloc.start()
    try:
        for number in range(20_000):
            memory.add(ANN, b"%d" % number, NOW + number // 2000, NOW + number // 2000)
        memory.add(ANN, b"later", NOW + 60, NOW + 60)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 20_000 * 16


def test_late_requests_of_a_packed_second_are_remembered() -> None:
    memory = NonceMemory(WINDOW)
    memory.add(ANN, b"first", NOW, NOW)
    memory.add(ANN, b"later", NOW + 60, NOW + 60)
    late = [b"late %d" % number for number in range(1000)]
    assert all(memory.add(ANN, nonce, NOW, NOW + 60) for nonce in late)
    assert not any(memory.add(ANN, nonce, NOW, NOW + 61) for nonce in [b"first", *late])
    assert memory.count == 1002


def test_files_go_when_nothing_in_them_counts(place: Place) -> None:
    memory = place.start()
    sent = [(b"%d" % number, NOW + 10 * number) for number in range(500)]
    assert all(memory.add(ANN, nonce, date, date) for nonce, date in sent)
    files = list(place.path.iterdir())
    assert 3 <= len(files) <= 20
    end = sent[-1][1]
    after = place.start(now=end, capacity=1000)
    assert after.count == WINDOW // 10 + 1
    assert not any(after.add(ANN, nonce, date, end) for nonce, date in sent if date >= end - WINDOW)
    assert after.add(ANN, b"new", end, end)


def test_what_is_too_old_is_not_read(place: Place) -> None:
    place.start().add(ANN, b"a", NOW, NOW)
    assert place.start(now=NOW + 2 * WINDOW).count == 0
    assert len(list(place.path.iterdir())) == 1


def test_a_floor_outlives_the_process(place: Place) -> None:
    memory = place.start(capacity=2)
    for number in range(4):
        assert memory.add(ANN, b"%d" % number, NOW + number, NOW + 4)
    after = place.start(now=NOW + 5)
    assert not after.knows(ANN, NOW + 1)
    assert after.knows(ANN, NOW + 2)


def test_a_file_of_an_earlier_version_is_replaced(place: Place) -> None:
    place.path.write_bytes(b"bcnonce1" + bytes(80))
    memory = place.start()
    assert not memory.knows(ANN, NOW - 1)
    assert memory.add(ANN, b"new", NOW, NOW)
    assert place.start(now=NOW + 1).knows(ANN, NOW)


@pytest.mark.parametrize("boot", [b"another boot", b""])
def test_after_another_boot_only_what_is_dated_later_is_accepted(place: Place, boot: bytes) -> None:
    place.start().add(ANN, b"a", NOW, NOW)
    memory = place.start(boot=boot, now=NOW + 60)
    assert not memory.knows(ANN, NOW + 58)
    assert not memory.add(ANN, b"lost", NOW + 58, NOW + 60)
    # A request that follows the start within its second is not punished.
    assert memory.add(ANN, b"b", NOW + 60, NOW + 60)
    assert memory.add(ANN, b"c", NOW + 61, NOW + 61)


@pytest.mark.parametrize("content", [b"", b"x", b"y" * 500])
def test_a_damaged_file_is_not_believed(place: Place, content: bytes) -> None:
    place.start()
    (file,) = place.path.iterdir()
    file.write_bytes(content)
    memory = place.start()
    assert not memory.add(ANN, b"lost", NOW - 10, NOW)
    assert memory.add(ANN, b"new", NOW, NOW)


def test_a_torn_last_slot_is_left_out(place: Place) -> None:
    memory = place.start()
    memory.add(ANN, b"a", NOW, NOW)
    memory.add(ANN, b"b", NOW, NOW)
    (path,) = place.path.iterdir()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3)
    after = place.start()
    assert not after.add(ANN, b"a", NOW, NOW)


def test_a_fresh_folder_accepts_what_is_dated_before_it(place: Place) -> None:
    assert place.start().add(ANN, b"a", NOW - 600, NOW)


def test_a_full_disk_stops_no_request_and_is_remembered(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    memory = place.start()
    assert memory.add(ANN, b"a", NOW, NOW)

    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert memory.add(ANN, b"b", NOW, NOW)
    assert memory.add(ANN, b"c", NOW, NOW)
    assert caplog.text.count("No space left on device") == 1
    monkeypatch.undo()
    after = place.start(now=NOW + 10)
    assert not any(after.add(ANN, nonce, NOW, NOW + 10) for nonce in (b"a", b"b", b"c"))
    assert after.add(ANN, b"d", NOW + 10, NOW + 10)


def test_the_files_are_their_owners(place: Place) -> None:
    place.start()
    assert place.path.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in place.path.iterdir()] == [0o600]


def test_a_boot_has_a_name_on_this_system() -> None:
    assert len(current_boot()) == 36
    assert current_boot() == current_boot()
