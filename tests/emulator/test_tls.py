"""The service by https: who it shows itself as, and what it refuses to begin with."""

from __future__ import annotations

import gc
import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
import trustme

from batchcompute import Client
from batchcompute._objects.files import ObjectFiles
from batchcompute.exceptions import TransportError
from batchcompute.server import LocalServer
from batchcompute.server.model.errors import StartError
from tests.emulator.certificates import Files, make_certificate, serial_number


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(files: Files) -> Iterator[LocalServer]:
    with LocalServer(boot_seconds=0.05, tls=(files.certificate, files.key)) as running:
        yield running


@contextmanager
def _client(server: LocalServer, verify: ssl.SSLContext | bool) -> Iterator[Client]:
    with (
        httpx.Client(verify=verify, trust_env=False) as http,
        Client(
            server.endpoint, server.access_key_id, server.access_key_secret, http_client=http
        ) as client,
    ):
        yield client


def test_client_that_knows_the_authority_is_served(server: LocalServer, files: Files) -> None:
    assert server.endpoint.startswith("https://127.0.0.1:")
    with _client(server, files.trust()) as client:
        assert list(client.list_jobs()) == []


def test_client_that_does_not_know_it_is_not(server: LocalServer) -> None:
    with _client(server, True) as client, pytest.raises(TransportError, match="CERTIFICATE"):
        client.list_jobs()


def test_objects_are_served_by_https_as_well(server: LocalServer, files: Files) -> None:
    assert server.environment()["OSS_ENDPOINT"] == server.objects_endpoint
    assert server.objects_endpoint.startswith("https://127.0.0.1:")
    answer = httpx.get(f"{server.objects_endpoint}/b/k", verify=files.trust(), trust_env=False)
    assert answer.status_code == 403


def test_certificates_of_the_environment_count_for_objects_of_this_machine(
    server: LocalServer, files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files.authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    key = server.access_key_id, server.access_key_secret
    with closing(ObjectFiles(server.objects_endpoint, *key)) as objects:
        objects.pipe_file("bucket/key", b"value")
        assert objects.cat_file("bucket/key") == b"value"


def test_http_without_tls_is_not_spoken(server: LocalServer) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(server.endpoint.replace("https", "http"), trust_env=False)


@pytest.mark.parametrize("speaks", [False, True])
def test_connection_that_says_no_more_is_closed_with_the_service(
    files: Files, speaks: bool
) -> None:
    with LocalServer(boot_seconds=0.05, tls=(files.certificate, files.key)) as server:
        silent = socket.create_connection(("127.0.0.1", int(server.endpoint.rpartition(":")[2])))
        if speaks:
            silent = files.trust().wrap_socket(silent, server_hostname="127.0.0.1")
            silent.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert silent.recv(9) == b"HTTP/1.1 "
        else:
            # The next one is accepted after it.
            httpx.get(server.endpoint, verify=files.trust(), trust_env=False)
    with warnings.catch_warnings(record=True) as said, silent:
        warnings.simplefilter("always")
        gc.collect()
    assert [str(each.message) for each in said] == []


def test_new_certificate_is_shown_without_a_restart(server: LocalServer, files: Files) -> None:
    host, port = "127.0.0.1", int(server.endpoint.rpartition(":")[2])

    def shown() -> int:
        text = ssl.get_server_certificate((host, port))
        return serial_number(ssl.PEM_cert_to_DER_cert(text))

    before = shown()
    # Half of a change is no certificate; the former one stays.
    files.key.write_text("words")
    new = files.renew()
    assert new != before
    deadline = time.monotonic() + 60
    while shown() != new:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    with _client(server, files.trust()) as client:
        assert list(client.list_jobs()) == []


def test_files_that_do_not_fit_are_named(files: Files, tmp_path: Path) -> None:
    other = Files(trustme.CA(), tmp_path / "cert.pem", tmp_path / "key.pem")
    other.renew()
    cases = {
        "is not the one of the certificate": (files.certificate, other.key),
        "none.pem cannot be read: No such file": (tmp_path / "none.pem", files.key),
        "are not a certificate and its key in PEM": (files.key, files.certificate),
    }
    for sentence, pair in cases.items():
        with pytest.raises(StartError, match=sentence):
            LocalServer(tls=pair).start()
