"""Certificates for the port of agents: one authority for a service, which its agents trust."""

from __future__ import annotations

import datetime
import ipaddress
import socket
from collections.abc import Collection
from pathlib import Path

from batchcompute.server.model.errors import StartError
from batchcompute.server.model.private_files import write_private

_DAYS = 3650
#: Clocks of other machines may be a little behind.
_SKEW = datetime.timedelta(hours=1)

#: Names of the files: what agents trust, its key, and what the port shows.
AUTHORITY, AUTHORITY_KEY = "ca.pem", "ca.key"
CERTIFICATE, CERTIFICATE_KEY = "server.pem", "server.key"

#: Names of this machine for itself.
_ALWAYS = ("localhost", "127.0.0.1", "::1")


def make_certificates(folder: Path, names: Collection[str] = ()) -> None:
    """Make a certificate for a service, signed by an authority that is made if there is none.

    Agents that trust the authority trust the new certificate as well.

    Args:
        folder: Where the files are written, for their owner only.
        names: Host names and addresses of the service, besides those of this machine for itself.

    Raises:
        StartError: The package that makes them is not installed, or nothing can be written.
    """
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    except ImportError as error:
        raise StartError(
            "certificates need the extra `engine`: pip install 'batchcompute[engine]'"
        ) from error

    now = datetime.datetime.now(datetime.UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def general(name: str) -> x509.GeneralName:
        try:
            return x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            return x509.DNSName(name)

    def begin(
        subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _SKEW)
            .not_valid_after(now + datetime.timedelta(days=_DAYS))
        )

    def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / AUTHORITY).exists():
            key = ec.generate_private_key(ec.SECP256R1())
            subject = named("batchcompute agents")
            usage = x509.KeyUsage(
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
            own = (
                begin(subject, subject, key.public_key())
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(usage, critical=True)
                .add_extension(
                    x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
                )
                .sign(key, hashes.SHA256())
            )
            write_private(folder / AUTHORITY_KEY, pem_of(key))
            write_private(folder / AUTHORITY, own.public_bytes(serialization.Encoding.PEM))
        authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
        signer = serialization.load_pem_private_key(
            (folder / AUTHORITY_KEY).read_bytes(), password=None
        )
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        wanted = dict.fromkeys([*_ALWAYS, socket.gethostname(), *names])
        certificate = (
            begin(named("batchcompute service"), authority.subject, key.public_key())
            .add_extension(
                x509.SubjectAlternativeName([general(name) for name in wanted]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .sign(signer, hashes.SHA256())
        )
        write_private(folder / CERTIFICATE_KEY, pem_of(key))
        write_private(folder / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
    except (OSError, ValueError) as error:
        raise StartError(f"certificates cannot be made in {folder}: {error}") from error


def have_certificate(folder: Path, wanted: Collection[str]) -> None:
    """See that there is a certificate, and that it is good for the names of the service.

    One that this package did not make is left as it is.

    Args:
        folder: See `make_certificates`.
        wanted: Host names and addresses that agents join. Those of this machine for itself are in
            any certificate.

    Raises:
        StartError: It cannot be made or read.
    """
    shown = folder / CERTIFICATE
    if shown.exists():
        missing = {*wanted} - {*_ALWAYS}
        if not missing or not (folder / AUTHORITY_KEY).exists():
            return
        names = _names_of(shown)
        if missing <= {*names}:
            return
        make_certificates(folder, [*names, *wanted])
    else:
        make_certificates(folder, wanted)


def _names_of(path: Path) -> list[str]:
    try:
        from cryptography import x509
    except ImportError as error:
        raise StartError(f"the certificate {path} cannot be read: {error}") from error
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = names.get_values_for_type(x509.DNSName)
        return [*hosts, *map(str, names.get_values_for_type(x509.IPAddress))]
    except (OSError, ValueError) as error:
        raise StartError(f"the certificate {path} cannot be read: {error}") from error
    except x509.ExtensionNotFound:
        return []
