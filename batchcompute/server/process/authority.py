"""The authority that signs the certificates for the port of agents, by a package of an extra."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable
from pathlib import Path

from batchcompute.server.model.errors import StartError
from batchcompute.server.model.private_files import write_private

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError as error:
    raise StartError(
        "certificates need the extra `engine`: pip install 'batchcompute[engine]'"
    ) from error

#: How long certificates are good.
_DAYS = 3650
#: Clocks of other machines may be a little behind.
_SKEW = datetime.timedelta(hours=1)


class Authority:
    """Signs certificates, with a key in a file of its own."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Name the files; `make` writes them.

        Args:
            certificate: What others trust, in PEM.
            key: Its private key, in PEM.
        """
        self._certificate = certificate
        self._key = key

    def make(self) -> None:
        """Make a new authority.

        Raises:
            OSError: It cannot be written.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named("batchcompute agents")
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        own = (
            _begin(subject, subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_only_signs_certificates(), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        write_private(self._key, _pem_of(key))
        write_private(self._certificate, own.public_bytes(serialization.Encoding.PEM))

    def certify(self, names: Iterable[str], certificate: Path, key: Path) -> None:
        """Make a certificate of a server.

        Args:
            names: Host names and addresses that it is good for.
            certificate: Where it is written, in PEM.
            key: Where its private key is written, in PEM.

        Raises:
            OSError: A file cannot be read or written.
            ValueError: The files of the authority are damaged, or a name is none.
        """
        authority = x509.load_pem_x509_certificate(self._certificate.read_bytes())
        signer = serialization.load_pem_private_key(self._key.read_bytes(), password=None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        own = ec.generate_private_key(ec.SECP256R1())
        signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        hosts = x509.SubjectAlternativeName([_general(name) for name in names])
        made = (
            _begin(_named("batchcompute service"), authority.subject, own.public_key())
            .add_extension(hosts, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(signed_by, critical=False)
            .sign(signer, hashes.SHA256())
        )
        write_private(key, _pem_of(own))
        write_private(certificate, made.public_bytes(serialization.Encoding.PEM))


def names_of(path: Path) -> list[str]:
    """Return the host names and addresses that a certificate is good for.

    Args:
        path: The certificate, in PEM.

    Raises:
        OSError: It cannot be read.
        ValueError: It is none.
    """
    found = x509.load_pem_x509_certificate(path.read_bytes())
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    hosts = names.get_values_for_type(x509.DNSName)
    return [*hosts, *map(str, names.get_values_for_type(x509.IPAddress))]


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
    )


def _only_signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
