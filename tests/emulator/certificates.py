"""Certificates for services that tests start."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


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
        return serial_number(ssl.PEM_cert_to_DER_cert(text))

    def trust(self) -> ssl.SSLContext:
        """Return what a client trusts that knows who has signed it."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context


def serial_number(certificate: bytes) -> int:
    """Return the serial number of a certificate in DER."""
    from cryptography import x509

    return x509.load_der_x509_certificate(certificate).serial_number


def make_certificate(folder: Path) -> Files:
    """Make a certificate for this machine, in a folder."""
    found = Files(trustme.CA(), folder / "cert.pem", folder / "key.pem")
    found.renew()
    return found
