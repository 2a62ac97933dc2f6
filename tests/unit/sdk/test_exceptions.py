"""The exceptions (8.1): names, constructors, accessors, texts, pickles."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Any

import pytest

from batchcompute import exceptions
from batchcompute._models.fields import WrongTypeError
from batchcompute.exceptions import (
    BatchComputeError,
    BatchComputeWarning,
    ClientError,
    ConfigError,
    FieldError,
    JSONError,
    JsonError,
    RequestTimeoutError,
    TransportError,
    ValidationError,
)

_MADE: list[Exception] = [
    ClientError(404, "InvalidResource.NotFound", "id-1", "no such job", "get_job", {"a": 1}),
    ClientError(500),
    FieldError("Id"),
    ValidationError("DAG.Tasks"),
    JsonError("x"),
    ConfigError("no region"),
    TransportError("refused"),
    RequestTimeoutError("too slow"),
    WrongTypeError("a string", 5).at("DAG", "Tasks"),
]


def _id(error: Exception) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", _MADE, ids=_id)
def test_exception_pickles_and_copies_with_all_it_says(error: Exception) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert repr(again) == repr(error)
        assert again.args == error.args
        assert vars(again) == vars(error)


@pytest.mark.parametrize("error", _MADE[:-1], ids=_id)
def test_exception_has_the_common_base_and_arguments(error: Exception) -> None:
    assert isinstance(error, BatchComputeError)
    assert isinstance(error, Exception)
    assert error.args
    assert type(error).__name__ in repr(error)


def test_client_error_has_the_documented_accessors_attributes_and_text() -> None:
    error = ClientError(404, "InvalidResource.NotFound", "id-1", "no such job")

    assert (error.status, error.get_status_code()) == (404, 404)
    assert (error.code, error.get_code()) == (("InvalidResource.NotFound",) * 2)
    assert (error.request_id, error.get_requestid()) == ("id-1", "id-1")
    assert (error.msg, error.get_msg()) == ("no such job", "no such job")
    assert str(error) == (
        "HTTP Status: 404, Code: InvalidResource.NotFound, RequestID: id-1, Message: no such job."
    )
    assert error.get_status_code() / 100 == pytest.approx(4.04)


def test_client_error_of_an_odd_status_still_has_a_text() -> None:
    odd: Any = "404"

    assert str(ClientError(odd)).startswith("HTTP Status: 404,")
    assert str(ClientError(ValueError("x"))).startswith("HTTP Status: x,")  # type: ignore[arg-type]  # a program does


def test_client_error_keeps_body_and_headers_and_shows_neither() -> None:
    error = ClientError(403, content="planted-secret", headers={"Authorization": "planted-secret"})

    assert error.content == "planted-secret"
    assert error.headers["Authorization"] == "planted-secret"
    assert "planted-secret" not in str(error) + repr(error)
    assert ClientError(403).headers == {}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FieldError("Id"), "Id"),
        (ValidationError("Name"), "Name"),
        (JsonError("x"), "'x' is not jsonizable."),
        (ConfigError("no region"), "no region"),
    ],
    ids=str,
)
def test_exception_text_is_the_documented_one(error: Exception, text: str) -> None:
    assert str(error) == text


def test_json_error_has_two_names_and_is_no_value_error() -> None:
    assert JSONError is JsonError
    assert JsonError.__name__ == "JsonError"
    assert not issubclass(JsonError, ValueError)


def test_transport_errors_are_also_what_the_standard_library_raises() -> None:
    assert issubclass(TransportError, ConnectionError)
    assert issubclass(RequestTimeoutError, TransportError)
    assert issubclass(RequestTimeoutError, TimeoutError)


def test_warning_is_a_user_warning_that_filters_can_name() -> None:
    assert issubclass(BatchComputeWarning, UserWarning)


def test_exceptions_need_nothing_else_of_the_package() -> None:
    modules = {
        getattr(value, "__module__", exceptions.__name__) for value in vars(exceptions).values()
    }

    assert not {name for name in modules if name.startswith("batchcompute.")} - {
        "batchcompute.exceptions"
    }


def test_traceback_names_the_operation_and_the_text_stays_as_documented() -> None:
    error = ClientError(404, "Code", "id-1", "no such job", "get_job")

    assert traceback.format_exception(error)[-2:] == [
        "batchcompute.exceptions.ClientError: "
        "HTTP Status: 404, Code: Code, RequestID: id-1, Message: no such job.\n",
        "The operation was get_job.\n",
    ]
    assert not hasattr(ClientError(404), "__notes__")
