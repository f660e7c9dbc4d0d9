"""A certificate for the deployed APIs' names, made anew for each rehearsal."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def write_certificate(folder: Path, region: str) -> Path:
    """Write key and certificate of `*.execute-api.<region>.amazonaws.com`, valid for a day, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "enquiry desk rehearsal")])
    now, subject_key = datetime.now(UTC), x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(f"*.execute-api.{region}.amazonaws.com")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(subject_key, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "gateway.pem"
    file.write_bytes(secret + certificate)
    return file


def write_trusted(folder: Path, certificate: Path) -> Path:
    """Write what SSL_CERT_FILE shall name: whom this machine trusts, and the certificate."""
    usual = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    known = Path(usual).read_bytes() if usual and Path(usual).is_file() else b""
    _, begin, ours = certificate.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    file = folder / "trusted.pem"
    file.write_bytes(known + b"\n" + begin + ours)
    return file
