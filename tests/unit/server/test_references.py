"""Names of container images."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.model.image_references import Reference, may_be_stored
from batchcompute.server.objects import OssAddress

DIGEST = "sha256:" + "0a" * 32
_PIECES = st.sampled_from(
    [
        *["..", ".", "/", "//", "", ":", "@", "a", "B", "_", "__", "-", "\0", "\n", "\\", "ü"],
        *["localhost:5000/", "localhost/", "oss://", "sha256:", DIGEST, "%2e%2e", "latest"],
        *["a" * 300, "\ud800"],
    ]
)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("localhost:5000/own:1.0", Reference("own", "1.0", "")),
        ("own", Reference("own", "latest", "")),
        ("localhost:5000/a/b_c/d-e.f:T_1", Reference("a/b_c/d-e.f", "T_1", "")),
        (f"own@{DIGEST}", Reference("own", "latest", DIGEST)),
        (f"localhost:5000/a/b:1@{DIGEST}", Reference("a/b", "1", DIGEST)),
        ("a__b--c", Reference("a__b--c", "latest", "")),
    ],
)
def test_name_has_parts(image: str, expected: Reference) -> None:
    assert Reference.parse(image) == expected
    assert may_be_stored(image)


@pytest.mark.parametrize(
    "image",
    [
        *["", "localhost:5000/", "localhost:5000/../x", "a//b", "/a", "a/", "a/..", "a/.b", "A"],
        *["a:", "a:.b", "a:b/c", "a:" + "b" * 129, "a@sha256:0", f"a@{DIGEST.upper()}", "a b"],
        *["a___b", "a..b", "-a", "a-", "a\n", "localhost:5000/localhost:5000/a", "ä"],
        *["a/" * 128 + "a", f"a@sha512:{'0' * 128}"],
    ],
)
def test_what_is_no_name_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match=r"is not of the form localhost:5000/|longer than 255"):
        Reference.parse(image)


@pytest.mark.parametrize(
    "image",
    [
        *["docker.io/a", "registry.example.com:5000/a/b", "localhost/a", "localhost:5001/a"],
        *["127.0.0.1/a", "Host/a", "a:80/b"],
    ],
)
def test_other_registry_is_known_by_its_host(image: str) -> None:
    assert not may_be_stored(image)
    with pytest.raises(ValueError, match="is not of the form localhost:5000/"):
        Reference.parse(image)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=8).map("".join)))
def test_no_name_leaves_the_store(image: str) -> None:
    try:
        reference = Reference.parse(image)
    except ValueError:
        return
    for part in (reference.repository, reference.tag, reference.digest):
        assert set(part) <= set(string.ascii_letters + string.digits + "._-/:")
    address = (
        f"oss://b/dir/repositories/{reference.repository}/_manifests/tags/{reference.tag}/link"
    )
    # Refuses empty segments, "." and "..".
    assert str(OssAddress.parse_object(address)) == address
