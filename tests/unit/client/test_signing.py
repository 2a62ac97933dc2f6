"""The signature against every vector that the specification publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute._http.signing import (
    Signer,
    authorization,
    canonical_query,
    is_signed,
    signature,
    string_to_sign,
)

_ROOT = Path(__file__).parents[3]
_FILE = json.loads((_ROOT / "spec/examples/signature-vectors.json").read_text(encoding="utf-8"))
_VECTORS = _FILE["vectors"]


@pytest.mark.parametrize("vector", _VECTORS, ids=lambda vector: str(vector["name"]))
def test_authorization_of_a_vector_is_as_published(vector: dict[str, Any]) -> None:
    request = (vector["method"], vector["signed_resource"], vector["headers"].items())

    assert string_to_sign(*request) == vector["string_to_sign"]
    assert signature(_FILE["access_key_secret"], vector["string_to_sign"]) == vector["signature"]
    assert (
        authorization(_FILE["access_key_id"], _FILE["access_key_secret"], *request)
        == vector["authorization"]
    )


_CHANGING = {"date": "", "x-acs-signature-nonce": ""}


@pytest.mark.parametrize("vector", _VECTORS, ids=lambda vector: str(vector["name"]))
def test_signer_gives_what_is_published(vector: dict[str, Any]) -> None:
    fixed = {name.lower(): value for name, value in vector["headers"].items()}
    date, nonce = (fixed.pop(name, "") for name in _CHANGING)
    assert nonce
    signer = Signer(_FILE["access_key_id"], _FILE["access_key_secret"], fixed.items())

    for _ in range(2):
        made = signer.authorization(vector["method"], vector["signed_resource"], date, nonce)
        assert made == vector["authorization"]


@given(
    st.dictionaries(
        st.sampled_from(["accept", "host", "x-acs-a", "x-acs-signature-nonce-2", "x-acs-z"]),
        st.text("ab:c \n", max_size=5),
    ),
    st.text("xyz-", max_size=4),
)
def test_signer_gives_what_authorization_gives(fixed: dict[str, str], nonce: str) -> None:
    signer = Signer("id", "secret", fixed.items())
    headers = [*fixed.items(), ("date", "now"), ("x-acs-signature-nonce", nonce)]

    expected = authorization("id", "secret", "GET", "/jobs?Marker", headers)
    assert signer.authorization("GET", "/jobs?Marker", "now", nonce) == expected


@pytest.mark.parametrize(
    ("name", "signed"),
    [("Date", True), ("X-Acs-Version", True), ("content-md5", True), ("cookie", False)],
)
def test_signature_says_what_it_covers(name: str, signed: bool) -> None:
    assert is_signed(name) is signed


def test_vectors_are_all_there() -> None:
    assert len(_VECTORS) == 11


def test_string_to_sign_ignores_order_and_case_of_headers() -> None:
    headers = [("X-Acs-B", "2"), ("accept", "application/json"), ("x-acs-a", "1"), ("host", "h")]

    text = string_to_sign("get", "/jobs", headers)

    assert text == "GET\napplication/json\n\n\n\nx-acs-a:1\nx-acs-b:2\n/jobs"


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({}, ""),
        ({"Marker": "", "MaxItemCount": 100}, "Marker&MaxItemCount=100"),
        ({"b": "1", "A": "2", "a": "3"}, "A=2&a=3&b=1"),
        ({"Marker": "a/b c~"}, "Marker=a%2Fb%20c~"),
        ({"IsReverse": True, "Other": False, "None": None}, "IsReverse=true&Other=false"),
        ({"Name": "任务"}, "Name=%E4%BB%BB%E5%8A%A1"),
    ],
)
def test_canonical_query_has_one_form(params: dict[str, object], query: str) -> None:
    assert canonical_query(params) == query


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_canonical_query_decodes_to_what_was_given(params: dict[str, str]) -> None:
    try:
        "".join([*params, *params.values()]).encode()
    except UnicodeEncodeError:
        return  # lone surrogates have no bytes to send

    assert dict(parse_qsl(canonical_query(params), keep_blank_values=True)) == params
