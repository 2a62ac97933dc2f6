"""The service by https: who it shows itself as, and what it refuses to begin with."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import trustme

from batchcompute import Client
from batchcompute.exceptions import TransportError
from batchcompute.server import LocalServer
from batchcompute.server.model.errors import StartError


@dataclass
class Files:
    """A certificate in files, and who has signed it."""

    authority: trustme.CA
    certificate: Path
    key: Path

    def renew(self) -> int:
        """Write another certificate; return its serial number."""
        made = self.authority.issue_cert("127.0.0.1", "localhost")
        self.key.write_bytes(made.private_key_pem.bytes())
        self.certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
        text = made.cert_chain_pems[0].bytes().decode()
        return _serial(ssl.PEM_cert_to_DER_cert(text))

    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context


def _serial(certificate: bytes) -> int:
    from cryptography import x509

    return x509.load_der_x509_certificate(certificate).serial_number


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    found = Files(trustme.CA(), folder / "cert.pem", folder / "key.pem")
    found.renew()
    return found


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


def test_http_without_tls_is_not_spoken(server: LocalServer) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(server.endpoint.replace("https", "http"), trust_env=False)


def test_new_certificate_is_shown_without_a_restart(server: LocalServer, files: Files) -> None:
    host, port = "127.0.0.1", int(server.endpoint.rpartition(":")[2])

    def shown() -> int:
        text = ssl.get_server_certificate((host, port))
        return _serial(ssl.PEM_cert_to_DER_cert(text))

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
        "are no certificate and its key in PEM": (files.key, files.certificate),
    }
    for sentence, pair in cases.items():
        with pytest.raises(StartError, match=sentence):
            LocalServer(tls=pair).start()
