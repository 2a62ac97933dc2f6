"""`python -m batchcompute doctor` against the embedded service."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from batchcompute.server import LocalServer


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({}, 0, "was accepted"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}, 1, "secret does not belong"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_ID": "nobody"}, 1, "does not know this access key id"),
        ({"BATCHCOMPUTE_ENDPOINT": "http://127.0.0.1:1"}, 1, "gave no response"),
    ],
)
def test_doctor_says_what_is_wrong(
    service: LocalServer, change: dict[str, str], code: int, words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "batchcompute", "doctor", "cn-shenzhen", "--timeout", "100"],
        env={**os.environ, **service.environment(), **change},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert (done.returncode, done.stderr) == (code, "")
    assert words in done.stdout
    assert service.access_key_secret not in done.stdout
