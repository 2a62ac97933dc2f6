"""The helpers of old programs: logging, regions, texts, times and the low-level requests."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute import CN_SHENZHEN, Client, ClientError, ConfigError, JsonError
from batchcompute._http import environment, httpx_clients
from batchcompute.client.client import CheckedApi
from batchcompute.core import Api
from batchcompute.exceptions import BatchComputeWarning
from batchcompute.legacy import canonicalization, functions, log
from batchcompute.utils import get_logger, set_log_level
from batchcompute.utils.http import RequestClient, ResponseWrapper

# -- logging --------------------------------------------------------------------------------------


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """The package's logger; levels, handlers and what was handed out are restored."""
    package = logging.getLogger("batchcompute")
    handlers, level = list(package.handlers), package.level
    monkeypatch.setattr(log, "_handed_out", {package.name: package})
    monkeypatch.setattr(log, "_level", logging.NOTSET)
    monkeypatch.setattr(log, "_file", None)
    yield package
    for handler in set(package.handlers) - set(handlers):
        package.removeHandler(handler)
        handler.close()
    package.setLevel(level)


def test_set_log_level_reaches_every_logger_handed_out(logs: logging.Logger) -> None:
    mine = get_logger("my.program")
    assert mine is logging.getLogger("my.program")
    set_log_level("error")
    assert logs.level == mine.level == logging.ERROR
    assert get_logger("my.other").level == logging.ERROR
    assert get_logger("my.third", "DEBUG").level == mine.level == logging.DEBUG
    set_log_level()
    assert logs.level == mine.level == logging.WARNING


def test_levels_are_the_programs_own_until_one_is_set(logs: logging.Logger, tmp_path: Path) -> None:
    mine = logging.getLogger("my.leveled")
    mine.setLevel("DEBUG")
    assert get_logger("my.leveled", file_name=str(tmp_path / "log")).level == logging.DEBUG
    set_log_level("ERROR")
    assert mine.level == logging.ERROR
    mine.setLevel("DEBUG")
    assert get_logger("my.leveled").level == logging.ERROR
    mine.setLevel(logging.NOTSET)


def test_set_log_level_of_an_unknown_name_changes_nothing_and_says_so(
    logs: logging.Logger,
) -> None:
    set_log_level("INFO")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        set_log_level("LOUD")
    assert logs.level == logging.INFO
    assert [entry.category for entry in caught] == [BatchComputeWarning]
    assert caught[0].filename == __file__
    with pytest.raises(AttributeError):
        set_log_level(10)  # type: ignore[arg-type]


def test_get_logger_with_a_file_writes_there_instead_of_the_file_before(
    logs: logging.Logger, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    get_logger("batchcompute.client", "INFO", str(first)).info("one")
    get_logger("batchcompute.client", file_name=str(second)).info("two")
    logging.getLogger("batchcompute.client").debug("too much")

    assert [line.split("\t")[-1] for line in first.read_text().splitlines()] == ["one"]
    fields = second.read_text().rstrip("\n").split("\t")
    assert (fields[1], fields[-1]) == ("[INFO]", "two")
    assert "test_utils.py" in fields[3]


def test_add_handler_sends_the_log_there_in_the_old_layout(
    logs: logging.Logger, tmp_path: Path
) -> None:
    for name, layout in (("old", None), ("own", "%(message)s")):
        handler = logging.FileHandler(tmp_path / name)
        if layout:
            handler.setFormatter(logging.Formatter(layout))
        log.add_handler(handler)
    logging.getLogger("batchcompute._models.base").warning("hello")

    assert (tmp_path / "own").read_text() == "hello\n"
    assert (tmp_path / "old").read_text().count("\t") == 4


def test_package_writes_no_log_that_nobody_asked_for() -> None:
    code = (
        "import logging; from batchcompute import Client; Client('cn-shenzhen', 'k', 's');"
        "logging.getLogger('batchcompute.client').warning('told')"
    )
    asked = f"import logging; logging.basicConfig(); {code}"
    for program, lines in ((code, 0), (asked, 1)):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert len(done.stderr.splitlines()) == lines


# -- regions and version --------------------------------------------------------------------------


def test_regions_can_be_looked_up_and_added(own_regions: None) -> None:
    assert functions.get_region(CN_SHENZHEN) == "cn-shenzhen"
    functions.add_region("cn-test-utils", "batchcompute.test-utils.example", 8080)
    assert functions.get_region("batchcompute.test-utils.example") == "cn-test-utils"
    assert functions.get_all_region() == Client.get_regions()
    functions.get_all_region().clear()
    assert "cn-test-utils" in functions.get_all_region()
    for unknown in ("", "cn-shenzhen"):
        with pytest.raises(ConfigError):
            functions.get_region(unknown)


def test_version_of_the_api_is_set_for_new_clients_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "API_VERSION", Client.API_VERSION)
    before = Client(CN_SHENZHEN, "id", "secret")
    functions.set_api_version("2020-01-01")

    assert functions.get_api_version() == "2020-01-01"
    assert before.version == "2015-11-11"
    assert Client(CN_SHENZHEN, "id", "secret").version == "2020-01-01"
    with pytest.raises(ConfigError):
        functions.set_api_version(5)  # type: ignore[arg-type]


# -- texts and times ------------------------------------------------------------------------------


def test_text_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether this machine knows its own name is not ours to test.
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    monkeypatch.setattr("socket.gethostbyname", {"here": "192.0.2.7"}.__getitem__)
    assert functions.str_md5("批量") == functions.str_md5("批量")
    assert functions.str_md5(7) == "8f14e45fceea167a5a36dedd4bea2543"
    assert functions.utf8("a") == functions.utf8(b"a") == "a"
    assert functions.iget({" Content-Type": "x"}, "content-type ") == "x"
    assert functions.iget({}, "a") == ""
    assert functions.url_safe("a/b c~") == "a%2Fb%20c~"
    assert functions.import_json() is json
    assert functions.import_httplib().__name__ == "http.client"
    assert functions.get_local_ip() == "192.0.2.7"


def test_time_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        july = datetime(2015, 7, 1, 15, 25)
        assert functions.utc2local(july) == datetime(2015, 7, 1, 11, 25)
        assert functions.local2utc(datetime(2015, 7, 1, 11, 25)) == july
        assert functions.timestamp_datetime(functions.datetime_timestamp(july)) == july
    time.tzset()
    assert functions.str2datetime("2015-07-01T15:25:00.000000Z") == july
    assert functions.timediff(july, july + timedelta(hours=1)) == timedelta(hours=1)
    assert functions.gmt_time().endswith("GMT")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0"),
        (0.9, "0"),
        (1, "1 Second"),
        (59, "59 Seconds"),
        (60, "1 Minute"),
        (3723, "1 Hour 2 Minutes 3 Seconds"),
        (86402, "1 Day 2 Seconds"),
        (2 * 86400 + 2 * 3600, "2 Days 2 Hours"),
        (-61, "-1 Minute 1 Second"),
    ],
)
def test_timediff_of_seconds_is_in_words(seconds: float, words: str) -> None:
    assert functions.timediff(seconds) == words


@pytest.mark.parametrize("given", [(datetime(2020, 1, 1),), (5, datetime(2020, 1, 1))])
def test_timediff_of_half_a_pair_of_moments_is_a_type_error(given: Any) -> None:
    with pytest.raises(TypeError, match="takes seconds, or two moments"):
        functions.timediff(*given)


def test_remap_turns_times_at_any_depth_and_keeps_what_is_none() -> None:
    body = b'{"Items": [{"StartTime": "2015-11-11T10:00:57Z", "EndTime": "", "WallTime": "long"}]}'
    item = canonicalization.remap(body)["Items"][0]

    assert isinstance(item["StartTime"], datetime)
    assert (item["EndTime"], item["WallTime"]) == (None, "long")
    assert canonicalization.remap("") == {}
    with pytest.raises(JsonError):
        canonicalization.remap("<html>")


def test_metaclass_shims_leave_a_class_as_it_was() -> None:
    @functions.add_metaclass(canonicalization.CamelCasedClass)
    class Program:
        answer = 42

        def method(self) -> int:
            return self.answer

    assert type(Program) is canonicalization.CamelCasedClass
    assert Program().method() == 42


# -- low-level requests ---------------------------------------------------------------------------


class _FarSide:
    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer = httpx.Response(200, json={"Id": "x"}, headers={"request-id": "R"})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer


@pytest.fixture
def far_side() -> _FarSide:
    return _FarSide()


@pytest.fixture
def make_api(
    far_side: _FarSide, monkeypatch: pytest.MonkeyPatch
) -> Callable[[type[CheckedApi]], CheckedApi]:
    def connect(**options: Any) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(far_side))

    monkeypatch.setattr(httpx_clients, "OwnClient", connect)
    monkeypatch.setattr(environment, "may_have_proxy", lambda endpoint: True)
    return lambda cls: cls(CN_SHENZHEN, "id", "secret", "token", True, **{"x-client-name": "old"})


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_api_sends_a_signed_request_by_path(
    far_side: _FarSide, make_api: Callable[[type[CheckedApi]], CheckedApi], method: str
) -> None:
    answer = getattr(make_api(Api), method)(
        "jobs", "job-1", ["tasks", "a b"], {"Max_Item": 5, "flag": ""}, '{"a": 1}'
    )

    (request,) = far_side.requests
    assert (request.method, request.url.raw_path) == (
        method.upper(),
        b"/jobs/job-1/tasks/a%20b?Max-Item=5&flag",
    )
    assert json.loads(request.content) == {"a": 1}
    assert request.headers["authorization"].startswith("acs id:")
    assert request.headers["x-acs-security-token"] == "token"
    assert request.headers["x-client-name"] == "old"
    assert isinstance(answer, ResponseWrapper)
    assert (answer.status, json.loads(answer.read())) == (200, {"Id": "x"})
    assert answer.getheader("Request-Id") == "R"
    assert answer.getheader("nothing", "-") == "-"
    assert "200" in repr(answer)


@pytest.mark.parametrize("body", [b'{"Code": "StateConflict", "Message": "m"}', b"<html>", b""])
def test_api_returns_a_refusal_and_checked_api_raises_it(
    far_side: _FarSide, make_api: Callable[[type[CheckedApi]], CheckedApi], body: bytes
) -> None:
    far_side.answer = httpx.Response(409, content=body, headers={"request-id": "R"})

    answer = make_api(Api).get("jobs")
    assert (answer.status, answer.getheader("request-id")) == (409, "R")
    if body.startswith(b"{"):
        assert json.loads(answer.body) == json.loads(body)
    with pytest.raises(ClientError) as caught:
        make_api(CheckedApi).get("jobs")
    assert (caught.value.status, caught.value.operation) == (409, "GET /jobs")


def test_api_refuses_a_body_that_is_no_json(
    far_side: _FarSide, make_api: Callable[[type[CheckedApi]], CheckedApi]
) -> None:
    with pytest.raises(JsonError):
        make_api(Api).post("jobs", body="nope")
    assert not far_side.requests


def test_what_is_gone_names_its_replacement() -> None:
    with pytest.raises(NotImplementedError, match=r"batchcompute\.Client"):
        RequestClient("host", 80)
    with pytest.raises(NotImplementedError, match="tarfile"):
        functions.do_tar("a", "b")
