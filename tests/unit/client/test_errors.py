"""Which class an answer's error gets, and that no answer makes anything else."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import batchcompute
from batchcompute import exceptions
from batchcompute._generated.api.operations.calls import get_job, get_job_description, list_jobs
from batchcompute._http.error_codes import error_class
from batchcompute._http.response import Response
from batchcompute.exceptions import (
    AuthenticationError,
    ClientError,
    ExtensionMissingError,
    InvalidParameterError,
    JsonError,
    NotFoundError,
    QuotaExhaustedError,
    ServiceError,
    StateConflictError,
    ThrottledError,
)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidPriority", InvalidParameterError),
        (400, "InvalidParameter.ImageId", InvalidParameterError),
        (400, "MissingName", InvalidParameterError),
        (400, "BadDAG", InvalidParameterError),
        (400, "IdempotentTokenMismatch", InvalidParameterError),
        (403, "InvalidHttpBody", InvalidParameterError),
        (403, "InvalidVersion.NotFound", InvalidParameterError),
        (400, "Unknown code", InvalidParameterError),
        (400, "SignatureDoesNotMatch", AuthenticationError),
        (400, "IncompleteSignature", AuthenticationError),
        (400, "InvalidTimeStamp.Expired", AuthenticationError),
        (400, "InvalidSignatureMethod", AuthenticationError),
        (400, "SignatureNonceUsed", AuthenticationError),
        (400, "InvalidSecurityToken.Expired", AuthenticationError),
        (404, "InvalidAccessKeyId.NotFound", AuthenticationError),
        (403, "Forbidden", AuthenticationError),
        (401, "Unknown code", AuthenticationError),
        (403, "Unknown code", AuthenticationError),
        (403, "QuotaExhausted", QuotaExhaustedError),
        (404, "InvalidResource.NotFound", NotFoundError),
        (404, "InvalidImage.NotFound", NotFoundError),
        (400, "InvalidImage.NotFound", InvalidParameterError),
        (404, "InvalidParameter", NotFoundError),
        (404, "Missing", NotFoundError),
        (404, "Unknown code", NotFoundError),
        (409, "StateConflict", StateConflictError),
        (403, "InvalidResource.AlreadyExisting", StateConflictError),
        (400, "Throttling", ThrottledError),
        (400, "Throttling.User", ThrottledError),
        (503, "Throttling", ThrottledError),
        (429, "", ThrottledError),
        (429, "Forbidden", ThrottledError),
        (500, "InternalError", ServiceError),
        (501, "NotImplemented", ServiceError),
        (502, "Unknown code", ServiceError),
        (500, "InvalidSomething", ServiceError),
        (302, "Unknown code", ClientError),
        (418, "Unknown code", ClientError),
    ],
)
def test_error_class_follows_from_code_and_then_status(
    status: int, code: str, kind: type[ClientError]
) -> None:
    assert error_class(status, code) is kind


def test_error_classes_are_client_errors_and_exported() -> None:
    kinds = {
        value
        for value in vars(exceptions).values()
        if isinstance(value, type) and issubclass(value, ClientError)
    }

    assert len(kinds) == 9
    for kind in kinds:
        assert getattr(batchcompute, kind.__name__) is kind


def test_error_names_everything_and_survives_pickle_and_copy() -> None:
    body = json.dumps({"Code": "StateConflict", "Message": "too late"}).encode()
    error = Response("stop_job", 409, {"x-acs-request-id": "R-1"}, body).error()

    for again in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is StateConflictError
        assert (again.operation, again.status, again.code) == ("stop_job", 409, "StateConflict")
        assert (again.request_id, again.msg) == ("R-1", "too late")
        assert "stop_job" in repr(again)
        assert again.headers == {"x-acs-request-id": "R-1"}


@pytest.mark.parametrize(("hours", "text"), [(1, "behind"), (-1, "ahead of")])
def test_error_of_a_wrong_date_says_how_wrong_the_clock_is(hours: int, text: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    body = b'{"Code": "InvalidTimeStamp.Expired", "Message": "expired"}'

    error = Response("get_job", 400, {"date": date}, body).error()

    *_, note = error.__notes__
    assert text in note
    assert error.msg == "expired"


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Foo 2015 99:99:99 GMT", "-1"])
def test_clock_skew_of_a_date_that_is_none_is_not_known(date: str) -> None:
    assert Response("get_job", 400, {"date": date}, b"").clock_skew() is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["Code", "Message", "Items", "NextMarker", "Id", "State", "DAG", "App", "Type"]
            )
            | st.text(),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
_BODY = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    _JSON.map(lambda value: json.dumps(value).encode()),
    _JSON.map(lambda value: json.dumps(value).encode()[:-1]),
    st.sampled_from([b"", b"[" * 100_000, b'{"a":' * 100_000, b"\xef\xbb\xbf{}", b"NaN", b"1e999"]),
)
_HEADERS = st.dictionaries(
    st.sampled_from(["date", "x-acs-request-id", "request-id", "retry-after", "content-type"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
_CALLS: list[Callable[[], Any]] = [
    lambda: get_job("j"),
    lambda: get_job_description("j"),
    list_jobs,
]


@given(
    st.sampled_from(_CALLS),
    st.integers(100, 999).filter(lambda status: status // 100 != 2),
    _BODY,
    _HEADERS,
)
def test_any_refusal_is_a_client_error(
    make: Callable[[], Any], status: int, body: bytes, headers: dict[str, str]
) -> None:
    error = Response(make().operation, status, httpx.Headers(headers), body).error()

    assert isinstance(error, ClientError)
    assert error.status == status
    assert error.code
    assert str(error)
    assert repr(pickle.loads(pickle.dumps(error))) == repr(error)


@given(st.sampled_from(_CALLS), _BODY, _HEADERS)
def test_any_success_is_a_result_or_a_json_error(
    make: Callable[[], Any], body: bytes, headers: dict[str, str]
) -> None:
    call = make()
    try:
        result = call.read(Response(call.operation, 200, httpx.Headers(headers), body))
    except JsonError:
        return
    assert result.StatusCode == 200
    assert str(result)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"Code": "InvalidUrlPattern", "Message": "The path is not known."}),
        (400, {"Code": "MethodNotAllowed", "Message": "The path is not known."}),
        (501, {"Code": "NotImplemented", "Message": "The path is not known."}),
        (404, "<html>The path is not known.</html>"),
        (405, {"message": "The path is not known."}),
    ],
)
def test_service_without_an_extension_is_told_from_a_thing_that_is_missing(
    status: int, body: Any
) -> None:
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    error = Response("explain_job", status, {}, content).error()

    assert type(error) is ExtensionMissingError
    assert "the service does not have the extension explain_job" in str(error)
    assert error.status == status
    assert not isinstance(Response("get_job", status, {}, content).error(), ExtensionMissingError)


def test_thing_that_an_extension_does_not_find_is_not_found() -> None:
    content = b'{"Code": "InvalidResource.NotFound", "Message": "There is no such job."}'

    assert type(Response("explain_job", 404, {}, content).error()) is NotFoundError
