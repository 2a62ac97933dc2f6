"""What holds for all tests: a plain environment, and examples that are the same in every run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from batchcompute.config import REGIONS

# A run of the suite must not depend on chance, nor on how busy the machine is: every run tries the
# same examples, and takes its time for them. `--hypothesis-profile=search` looks for new ones.
_PATIENT = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)
settings.register_profile("certain", _PATIENT, derandomize=True, database=None)
settings.register_profile("search", _PATIENT, max_examples=1000)
settings.load_profile("certain")

#: What a service takes when it begins.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Where a developer's own programs send their requests, and as whom.
for _name in [*os.environ]:
    if _name.startswith(("BATCHCOMPUTE_", "ALIBABA_CLOUD_")):
        del os.environ[_name]


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the proxies of the environment, which are named in small letters and large ones."""
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def own_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a test registers, which is known to the whole process, be forgotten after it."""
    for name in ("_regions",):
        monkeypatch.setattr(REGIONS, name, dict(getattr(REGIONS, name)))


@pytest.fixture(autouse=True)
def signals_stay() -> Iterator[None]:
    """Give the process its signals back after a test that has started a service in it.

    What a service ignores when it ends is ignored by all programs that are started later.
    """
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    yield
    if before != {each: signal.getsignal(each) for each in _SIGNALS}:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
