"""Keys of attempts and VMs: each is its holder's, and nothing else is a key."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model.environment import ObjectAccess, of_attempt
from batchcompute.server.object_api.auth.credentials import TemporaryKeys

_MASTER = b"m" * 32
_KEYS = TemporaryKeys(_MASTER)
_HOLDERS = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,40}[A-Za-z0-9_-]", fullmatch=True)
#: Whatever a request may say, halves of characters and control characters included.
_ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


@given(holder=_HOLDERS)
def test_key_is_found_again_by_its_id_and_token(holder: str) -> None:
    key = _KEYS.key_for(holder)
    assert _KEYS.find(key.key_id, key.token) == key
    assert TemporaryKeys(_MASTER).key_for(holder) == key
    assert len({key.key_id, key.secret, key.token}) == 3
    assert key.secret not in repr(key)
    assert key.token not in repr(key)


@given(holder=_HOLDERS, other=_HOLDERS, said=_ANYTHING)
def test_nothing_else_is_a_key(holder: str, other: str, said: str) -> None:
    key = _KEYS.key_for(holder)
    strange = TemporaryKeys(b"another" * 5).key_for(holder)
    if other != holder:
        assert _KEYS.find(_KEYS.key_for(other).key_id, key.token) is None
    for key_id, token in (
        (key.key_id, strange.token),
        (key.key_id, key.secret),
        (key.key_id, said),
        (key.key_id, key.token + said + "."),
        (key.key_id + said + ".", key.token),
        (key.key_id.lower(), key.token),
        (key.holder, key.token),
        (f" {key.key_id}", key.token),
        (said + ".", key.token),
        ("STS." + said, said),
    ):
        assert _KEYS.find(key_id, token) is None


def test_keys_are_those_that_an_older_version_has_given() -> None:
    # Of programs that run on, and of VMs.
    key = _KEYS.key_for("job-1_2")
    for purpose, found in (("secret", key.secret), ("token", key.token)):
        digest = hmac.digest(_MASTER, f"{purpose}:STS.job-1_2".encode(), hashlib.sha256)
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == found


_OSS = ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN")
_S3 = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@given(
    kind=st.sampled_from(["oss", "s3"]),
    own=st.dictionaries(st.sampled_from([*_OSS, *_S3, "OTHER", "OSS_ENDPOINT"]), st.just("own")),
)
def test_variables_have_one_key_and_not_parts_of_two(kind: str, own: dict[str, str]) -> None:
    access = ObjectAccess("http://here:1", "region", "id", "secret", "token", kind)
    told = of_attempt(own, 0, "i-1", access)
    assert own.items() <= told.items()
    names = _S3 if kind == "s3" else _OSS
    ours = ["id", "secret", "token"]
    mixed = [told.get(name) for name in names]
    if any(name in own for name in names):
        assert not set(ours) & set(mixed)
    else:
        assert mixed == ours
    assert told["BATCH_COMPUTE_OSS_HOST"] == "here:1"
    attempt = Attempt("job-1.t.0.1", "pool", "i-1", "true", told)
    assert "secret" not in repr(attempt)
    assert "token" not in repr(attempt)
