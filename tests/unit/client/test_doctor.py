"""What the doctor says about each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from batchcompute import Client, __version__
from batchcompute._http import response as _answer
from batchcompute.cli.main import main
from batchcompute.doctor import Finding, examine

from .conftest import FarSide

_ENV = {
    "BATCHCOMPUTE_ENDPOINT": "http://service:1",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "key-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "planted-secret",
}
#: The time of this machine, which stands still.
_NOW = 1_700_000_000
Examine = Callable[..., dict[str, Finding]]


@pytest.fixture
def look(far_side: FarSide, monkeypatch: pytest.MonkeyPatch) -> Examine:
    monkeypatch.setattr(_answer, "time", SimpleNamespace(time=lambda: float(_NOW)))

    def run(answer: Any, environ: dict[str, str] = _ENV, region: str = "") -> dict[str, Finding]:
        far_side.always = lambda: answer
        with httpx.Client(transport=httpx.MockTransport(far_side)) as http_client:

            def connect(*arguments: Any, **options: Any) -> Client:
                return Client(*arguments, http_client=http_client, **options)

            found = examine(region, 1, environ, connect)
        assert "planted-secret" not in str(found)
        return {finding.name: finding for finding in found}

    return run


def _answered(status: int = 200, code: str = "", skew: float = 0, **more: str) -> httpx.Response:
    date = formatdate(_NOW + skew, usegmt=True)
    headers = {"x-acs-request-id": "R-1", "date": date, **more}
    return httpx.Response(status, json={"Code": code, "Items": []}, headers=headers)


def test_all_is_well(look: Examine, far_side: FarSide) -> None:
    found = look(_answered())

    assert all(finding.ok for finding in found.values())
    assert list(found) == ["endpoint", "region", "network", "clock", "credentials"]
    assert "from BATCHCOMPUTE_ENDPOINT" in found["endpoint"].text
    assert "not encrypted" in found["endpoint"].text
    assert len(far_side.requests) == 1


@pytest.mark.parametrize(
    ("code", "status", "ok", "words"),
    [
        ("SignatureDoesNotMatch", 400, False, "secret does not belong"),
        ("InvalidAccessKeyId.NotFound", 404, False, "does not know this access key id"),
        ("InvalidAccessKeyId.Inactive", 400, False, "switched off"),
        ("Forbidden", 403, False, "not permitted"),
        ("InvalidSecurityToken.Expired", 400, False, "InvalidSecurityToken.Expired"),
        ("InternalError", 500, None, "500 InternalError"),
        ("InvalidTimeStamp.Expired", 400, None, "clock"),
    ],
)
def test_refusal_is_put_into_words(
    look: Examine, code: str, status: int, ok: bool | None, words: str
) -> None:
    finding = look(_answered(status, code))["credentials"]

    assert finding.ok is ok
    assert words in finding.text


@pytest.mark.parametrize(
    ("skew", "ok", "words"),
    [
        (0, True, "right"),
        (120, True, "120 s behind, which is still"),
        (-120, True, "120 s ahead"),
        (3600, False, "3600 s behind; more than 15 minutes"),
        (-3600, False, "3600 s ahead"),
    ],
)
def test_clock_is_compared_with_the_answer(
    look: Examine, skew: float, ok: bool, words: str
) -> None:
    finding = look(_answered(400, "InvalidTimeStamp.Expired", skew))["clock"]

    assert finding.ok is ok
    assert words in finding.text


def test_answer_without_a_date_says_nothing_about_the_clock(look: Examine) -> None:
    assert look(_answered(date=""))["clock"].ok is None


@pytest.mark.parametrize(
    ("failure", "words"),
    [(httpx.ConnectError("refused"), "proxy settings"), (httpx.ReadTimeout("slow"), "firewall")],
)
def test_silence_is_a_network_problem(look: Examine, failure: Exception, words: str) -> None:
    found = look(failure)

    assert found["network"].ok is False
    assert words in found["network"].text
    assert found["clock"].ok is None
    assert found["credentials"].ok is None


@pytest.mark.parametrize(
    "headers", [{"server": "squid"}, {"server": "squid", "x-acs-request-id": "R-1"}]
)
@pytest.mark.parametrize("status", [200, 403, 500])
def test_other_server_is_noticed_and_says_nothing_about_the_key(
    look: Examine, status: int, headers: dict[str, str]
) -> None:
    found = look(httpx.Response(status, content=b"<html>", headers=headers))

    assert found["network"].ok is False
    assert "squid" in found["network"].text
    assert found["credentials"].ok is None
    assert "not checked" in found["credentials"].text


def test_json_without_a_request_id_is_not_the_service(look: Examine) -> None:
    for status in (200, 403):
        found = look(httpx.Response(status, json={"Code": "Forbidden"}))
        assert (found["network"].ok, found["credentials"].ok) == (False, None)


@pytest.mark.parametrize(
    ("region", "environ", "name", "words"),
    [
        ("http://a..b", {}, "endpoint", "host name"),
        ("http://xn--a", {}, "endpoint", "is unusable"),
        ("https://host.invalid", {"SSL_CERT_FILE": "/none.pem"}, "network", "SSL_CERT_FILE=/none"),
        ("http://host.invalid", {"HTTP_PROXY": "ftp://u:planted-pw@h"}, "network", "proxy"),
    ],
)
def test_setting_that_makes_no_sense_is_said_in_plain_words(
    monkeypatch: pytest.MonkeyPatch,
    no_proxies: None,
    region: str,
    environ: dict[str, str],
    name: str,
    words: str,
) -> None:
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    found = {finding.name: finding for finding in examine(region, 1, _ENV)}

    assert found[name].ok is False
    assert words in found[name].text
    assert "planted" not in str(found)
    assert {finding.ok for finding in found.values()} <= {True, False, None}


def test_key_that_cannot_be_sent_is_said(look: Examine) -> None:
    found = look(_answered(), {**_ENV, "ALIBABA_CLOUD_ACCESS_KEY_ID": "a\nplanted-secret"})

    assert found["credentials"].ok is False
    assert "printable ASCII" in found["credentials"].text


def test_missing_key_is_said_although_the_service_is_reached(look: Examine) -> None:
    environ = {"BATCHCOMPUTE_ENDPOINT": "http://service:1"}
    for answer in (_answered(404, "InvalidAccessKeyId.NotFound"), _answered()):
        found = look(answer, environ)

        assert found["network"].ok is True
        assert "no access key id: pass" in found["credentials"].text


def test_missing_or_unknown_endpoint_is_all_that_is_said(look: Examine) -> None:
    assert list(look(_answered(), {})) == ["endpoint"]
    found = look(_answered(), {}, "cn-nowhere")
    assert found["endpoint"].ok is False
    assert "unknown region" in found["endpoint"].text


def test_region_of_a_public_endpoint_is_known(look: Examine) -> None:
    environ = {name: value for name, value in _ENV.items() if "ENDPOINT" not in name}

    assert look(_answered(), environ, "cn-beijing")["region"].text == "cn-beijing"


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    printed = capsys.readouterr().out

    assert printed.startswith(f"batchcompute {__version__}, Python 3.")
    assert (main(["--version"]), capsys.readouterr().out) == (0, printed)


@pytest.mark.parametrize("wrong", [[], ["nothing"], ["doctor", "--timeout", "0"]])
def test_command_line_without_sense_ends_with_two(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(wrong) == 2


@pytest.mark.parametrize("folder", ["none", "."])
def test_doctor_of_a_folder_without_a_service_looks_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: str,
) -> None:
    monkeypatch.setenv("BATCHCOMPUTE_ENDPOINT", "http://127.0.0.1:1")
    assert main(["doctor", "--data", str(tmp_path / folder)]) == 1
    printed = capsys.readouterr()
    lines = (printed.out + printed.err).splitlines()
    assert "First deal with: service." in lines
    assert sum("WRONG" in line for line in lines) == 1
    assert str(tmp_path / folder) in printed.out
    assert "127.0.0.1:1" not in printed.out + printed.err


def test_doctor_without_an_endpoint_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where no service runs
    for name in ("ENDPOINT", "REGION"):
        monkeypatch.delenv(f"BATCHCOMPUTE_{name}", raising=False)

    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "First deal with: endpoint." in printed
    # The owner of an old program reads no further than that.
    first, second = printed.splitlines()[:2]
    assert "unchanged: export BATCHCOMPUTE_ENDPOINT=http://HOST:PORT" in first
    assert "need not say security_conn" in second
