"""Access keys that come from elsewhere and change, and that nothing of them is shown."""

from __future__ import annotations

import html
import json
import logging
import pickle
import re
import sys
import traceback
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from batchcompute import Client, ClientError, ConfigError, Credentials, RetryPolicy, TransportError
from batchcompute._http.signing import authorization
from batchcompute.config import VendorCredentials, find_credentials
from batchcompute.exceptions import JsonError

from .conftest import FarSide

MakeClient = Callable[..., Client]
_NAMES = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)


class FakeVendor:
    """The vendor's client: every question gets the next key."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    def get_credential(self) -> Any:
        self.asked += 1
        if self.error:
            raise self.error
        return SimpleNamespace(
            access_key_id=f"vendor-{self.asked}",
            access_key_secret="vendor-secret",
            security_token=f"vendor-token-{self.asked}",
        )


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> FakeVendor:
    made = FakeVendor()
    module = ModuleType("alibabacloud_credentials.client")
    module.Client = lambda: made  # type: ignore[attr-defined]
    monkeypatch.setitem(
        sys.modules, "alibabacloud_credentials", ModuleType("alibabacloud_credentials")
    )
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.client", module)
    for name in ("ID", "SECRET"):
        monkeypatch.delenv(f"ALIBABA_CLOUD_ACCESS_KEY_{name}", raising=False)
    return made


def test_vendor_library_is_asked_before_each_request(
    make_client: MakeClient, far_side: FarSide, vendor: FakeVendor
) -> None:
    client = make_client("cn-shenzhen")
    assert vendor.asked == 0
    far_side.answers = [httpx.Response(503)]
    client.get_job("j")

    # The second attempt has a new key, too.
    assert [r.headers["x-acs-access-key-id"] for r in far_side.requests] == ["vendor-1", "vendor-2"]
    assert far_side.last.headers["x-acs-security-token"] == "vendor-token-2"
    assert far_side.last.headers["authorization"].startswith("acs vendor-2:")


def test_arguments_and_environment_are_stronger_than_the_vendor_library(
    vendor: FakeVendor,
) -> None:
    environ = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "e", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}

    assert find_credentials("a", "s", "", environ) == Credentials("a", "s")
    assert find_credentials(None, None, "", environ) == Credentials("e", "s")
    assert isinstance(find_credentials(None, None, "", {}), VendorCredentials)
    for half in ({"ALIBABA_CLOUD_ACCESS_KEY_ID": "e"}, {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}):
        with pytest.raises(ConfigError, match="no access key"):
            find_credentials(None, None, "", half)
    with pytest.raises(ConfigError, match="secret"):
        find_credentials("a", None, "", {})


def test_vendor_library_that_finds_nothing_is_a_configuration_error(
    make_client: MakeClient, vendor: FakeVendor
) -> None:
    vendor.error = RuntimeError("vendor-secret is wrong")
    with pytest.raises(ConfigError, match="found no access key: RuntimeError") as caught:
        make_client("cn-shenzhen").get_job("j")
    assert "vendor-secret" not in str(caught.value)
    with pytest.raises(ConfigError, match="found no access key"):
        VendorCredentials(
            SimpleNamespace(
                get_credential=lambda: SimpleNamespace(
                    access_key_id=None, access_key_secret=None, security_token=None
                )
            )
        )()


def test_without_the_vendor_library_a_missing_key_is_said_when_the_client_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials", None)
    with pytest.raises(ConfigError, match="no access key id: pass"):
        find_credentials(None, None, "", {})


def test_own_source_is_asked_before_each_request(
    make_client: MakeClient, far_side: FarSide
) -> None:
    keys = iter([Credentials("one", "secret-1"), Credentials("two", "secret-2", "t")])
    client = make_client("cn-shenzhen", credentials=lambda: next(keys))
    client.get_job("j")
    client.get_job("j")

    assert [r.headers["x-acs-access-key-id"] for r in far_side.requests] == ["one", "two"]
    with pytest.raises(ConfigError, match="given twice"):
        make_client("cn-shenzhen", "id", "secret", credentials=lambda: next(keys))


def test_client_of_the_environment_has_its_endpoint_and_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BATCHCOMPUTE_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "e")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")
    with Client.from_env(timeout=3) as client:
        assert repr(client) == "Client('http://127.0.0.1:1')"
        assert client._options.limits.phases["read"] == 3


@pytest.mark.parametrize("source", ["arguments", "environment", "object", "function"])
@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (("planted-ключ", "s", ""), "access key id"),
        (("planted-\x00x", "s", ""), "access key id"),
        (("planted-\nx", "s", ""), "access key id"),
        (("id", "planted-ключ", ""), "access key secret"),
        (("id", "planted-\tx", ""), "access key secret"),
        (("id", "s", "planted-\ntoken"), "security token"),
        (("id", "s", "planted-\x7f"), "security token"),
    ],
)
def test_key_that_no_header_can_carry_is_refused(
    make_client: MakeClient,
    far_side: FarSide,
    source: str,
    wrong: tuple[str, str, str],
    what: str,
) -> None:
    def ask() -> None:
        if source == "arguments":
            make_client("cn-shenzhen", *wrong)
        elif source == "environment":
            for name, value in zip(_NAMES, wrong, strict=True):
                environ[name] = value
            find_credentials(None, None, "", environ)
        elif source == "object":
            make_client("cn-shenzhen", credentials=Credentials(*wrong))
        else:
            make_client("cn-shenzhen", credentials=lambda: Credentials(*wrong)).get_job("j")

    environ: dict[str, str] = {}
    with pytest.raises(ConfigError, match=f"the {what} must be printable ASCII") as caught:
        ask()
    assert "planted" not in "".join(traceback.format_exception(caught.value))
    assert not far_side.requests


@pytest.mark.parametrize("changing", [False, True])
def test_blanks_around_a_key_do_not_count(
    make_client: MakeClient, far_side: FarSide, changing: bool
) -> None:
    pasted = ("key-id\n", "\ts3cret-key\r\n", " t0ken ")
    given: dict[str, Any] = {"credentials": lambda: Credentials(*pasted)}
    client = make_client("cn-shenzhen", **given) if changing else make_client("cn-beijing", *pasted)
    client.get_quotas()

    sent = far_side.last.headers
    assert sent["x-acs-security-token"] == "t0ken"
    assert sent["authorization"] == authorization(
        "key-id", "s3cret-key", "GET", "/quotas", sent.items()
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ((None, "s3cret"), "access key id must be a text, not NoneType"),
        (("id", b"s3cret"), "access key secret must be a text, not bytes"),
        (("", "s3cret"), "no access key id"),
        (("id", " "), "no access key secret"),
    ],
)
def test_function_that_gives_half_a_key_is_a_configuration_error(
    make_client: MakeClient, far_side: FarSide, wrong: Any, message: str
) -> None:
    client = make_client("cn-shenzhen", credentials=lambda: Credentials(*wrong))
    with pytest.raises(ConfigError, match=message) as caught:
        client.get_job("j")
    assert "s3cret" not in str(caught.value)
    assert not far_side.requests


# -- nothing is shown -----------------------------------------------------------------------------

_SECRETS = ("planted-secret", "planted-token", "planted-header")


def _echo(request: httpx.Request) -> bytes:
    """Repeat everything that was received, as services do when a signature is wrong."""
    lines = "|".join(f"{name}:{value}" for name, value in request.headers.items())
    return f'{{"Code": "SignatureDoesNotMatch", "Message": "{lines} planted-secret"}}'.encode()


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: httpx.Response(200, json={"Id": "j"}),
        lambda request: httpx.Response(400, content=_echo(request)),
        lambda request: httpx.Response(503, content=_echo(request)),
        lambda request: httpx.Response(502, content=b"<html>planted-token</html>"),
        lambda request: httpx.ConnectError("refused"),
        lambda request: httpx.ReadTimeout("slow"),
    ],
)
def test_planted_secrets_appear_nowhere(
    make_client: MakeClient,
    far_side: FarSide,
    caplog: pytest.LogCaptureFixture,
    answer: Callable[[httpx.Request], Any],
) -> None:
    texts: list[str] = []
    hook = RetryPolicy(on_retry=lambda event: texts.append(repr(event)))
    client = make_client(
        "cn-shenzhen",
        "key-id",
        "planted-secret",
        "planted-token",
        retry=hook,
        **{"X-Acs-Private": "planted-header"},
    )
    far_side.always = lambda: answer(far_side.last)
    texts += [repr(client), str(client), repr(client._builder), repr(client._transport)]
    with caplog.at_level(logging.DEBUG):
        try:
            texts.append(str(client.create_cluster({"Name": "n", "ImageId": "i", "Groups": {}})))
        except (ClientError, TransportError) as error:
            texts += [str(error), repr(error), *traceback.format_exception(error)]
            texts.append(repr(pickle.loads(pickle.dumps(error)).args))
    texts += [record.getMessage() for record in caplog.records]

    shown = "\n".join(texts)
    assert "create_cluster" in shown
    for secret in (*_SECRETS[:2], "acs key-id:"):
        assert secret not in shown
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert _SECRETS[2] not in logged


_TOKEN = "CAIS/planted+t0ken/of=its&own=="
_SECRET = "pl/nted+wisdom=="
#: How a server may write what it repeats, outside of JSON and inside of it.
_SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON with slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON in ASCII": lambda text: "".join(
        char if char.isalnum() else f"\\u{ord(char):04x}" for char in text
    ),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text).replace("/", "\\/"))[1:-1],
    "URL": lambda text: quote(text, safe=""),
    "URL in URL": lambda text: quote(quote(text, safe=""), safe=""),
    "form": lambda text: text.replace("+", " "),
    "HTML": html.escape,
    "HTML in numbers": lambda text: "".join(
        char if char.isalnum() else f"&#x{ord(char):X};" for char in text
    ),
    "HTML in names": lambda text: text.replace("+", "&plus;").replace("=", "&equals;"),
}


def _everything(error: Exception, caplog: pytest.LogCaptureFixture) -> str:
    """Return all that is shown of an error, and all that travels with it."""
    again = pickle.loads(pickle.dumps(error))
    texts = [f(e) for e in (error, again) for f in (str, repr)]
    texts += [repr(e.args) for e in (error, again)]
    texts += [repr(vars(e)) for e in (error, again)]
    texts += traceback.format_exception(error)
    texts += [record.getMessage() for record in caplog.records]
    return "\n".join(texts)


def _remains(shown: str) -> list[str]:
    """Return the parts of secrets, between their odd characters, that are shown."""
    parts = [part for part in re.split(r"\W", f"{_TOKEN}/{_SECRET}") if len(part) > 4]
    return [part for part in parts if part in shown]


@pytest.mark.parametrize("spelling", _SPELLINGS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, '{"Code": "SignatureDoesNotMatch", "Message": "MM", "More": {"MM": ["MM"]}}'),
        (403, '{"Code": "MM", "Message": null}'),
        (502, "<html>MM</html>"),
        (200, "<html>MM</html>"),
        (200, "x" * 480 + "MM"),
        (200, '["MM"]'),
    ],
)
def test_secrets_that_a_server_repeats_are_hidden_however_they_are_written(
    make_client: MakeClient,
    far_side: FarSide,
    caplog: pytest.LogCaptureFixture,
    spelling: str,
    status: int,
    body: str,
) -> None:
    client = make_client("cn-shenzhen", "key-id", _SECRET, _TOKEN, retry=None)
    write = _SPELLINGS[spelling]

    def repeat() -> httpx.Response:
        authorization = far_side.last.headers["authorization"]
        said = " | ".join(map(write, (_TOKEN, _SECRET, authorization, authorization[11:])))
        headers = {"x-debug": said, "x-acs-request-id": f"R {said}"}
        return httpx.Response(status, content=body.replace("MM", said).encode(), headers=headers)

    far_side.always = repeat
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises((ClientError, JsonError)) as caught,
    ):
        client.get_job("j")

    shown = _everything(caught.value, caplog)
    assert "***" in shown
    assert _remains(shown) == []
    assert write(far_side.last.headers["authorization"][11:]) not in shown


def test_secrets_in_the_content_of_a_response_are_hidden_in_its_error(
    make_client: MakeClient, far_side: FarSide, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client("cn-shenzhen", "key-id", _SECRET, _TOKEN)
    far_side.always = lambda: httpx.Response(200, content=f"<html>{_TOKEN}".encode())
    done = client.delete_job("j")
    with pytest.raises(JsonError) as caught:
        _ = done.content

    assert _remains(_everything(caught.value, caplog)) == []
    # What a program reads itself is what the server said.
    assert _TOKEN in done.raw.body.decode()


def test_secrets_in_a_response_that_is_not_even_http_are_hidden(
    make_client: MakeClient, far_side: FarSide, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client("cn-shenzhen", "key-id", _SECRET, _TOKEN, retry=None)
    far_side.always = lambda: httpx.RemoteProtocolError(f"illegal status line: {_TOKEN}")
    with caplog.at_level(logging.DEBUG), pytest.raises(TransportError) as caught:
        client.get_job("j")

    shown = _everything(caught.value, caplog)
    assert "illegal status line: ***" in shown
    assert _remains(shown) == []


def test_each_request_is_one_line_of_the_log(
    client: Client, far_side: FarSide, caplog: pytest.LogCaptureFixture
) -> None:
    far_side.answers = [
        httpx.Response(200, content=b'{"Id":"j"}', headers={"x-acs-request-id": "R-1"}),
        httpx.ConnectError("refused"),
    ]
    with caplog.at_level(logging.DEBUG, logger="batchcompute"):
        client.get_job_description("job-1")
        client.get_job("job-1")

    lines = [r.getMessage() for r in caplog.records if r.name == "batchcompute.http"]
    assert lines[0].startswith("GET /jobs/job-1?description -> 200, 10 bytes in ")
    assert lines[0].endswith("(get_job_description, attempt 1, request id R-1)")
    assert "no response (ConnectError)" in lines[1]
    assert "attempt 2" in lines[2]
    assert len(lines) == 3


def test_library_is_silent_unless_logging_is_set_up() -> None:
    handlers = logging.getLogger("batchcompute").handlers

    assert any(isinstance(handler, logging.NullHandler) for handler in handlers)


def test_credentials_may_be_given_as_they_are(make_client: MakeClient, far_side: FarSide) -> None:
    given = Credentials("one", "s3cret-1", " t0ken ")
    make_client("cn-shenzhen", credentials=given).get_quotas()

    sent = far_side.last.headers
    assert sent["x-acs-access-key-id"] == "one"
    assert sent["x-acs-security-token"] == "t0ken"
    with pytest.raises(ConfigError, match="no access key secret"):
        make_client("cn-shenzhen", credentials=Credentials("one", ""))


def test_credentials_that_are_none_are_refused(make_client: MakeClient, far_side: FarSide) -> None:
    with pytest.raises(TypeError, match="must be Credentials") as caught:
        make_client("cn-shenzhen", credentials="s3cret-1")
    assert "s3cret-1" not in str(caught.value)
    client = make_client("cn-shenzhen", credentials=lambda: ("id", "s3cret-1"))
    with pytest.raises(ConfigError, match="returned tuple, not Credentials"):
        client.get_quotas()
    assert not far_side.requests
