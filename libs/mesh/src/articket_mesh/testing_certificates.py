"""A certificate authority for tests, as `testing` is for servers. It needs the package cryptography."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from articket_mesh.certificates import CertificateFiles


class CertificateAuthority:
    """An authority of its own, good for an hour."""

    def __init__(self, name: str = "Articket test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        is_authority = x509.BasicConstraints(ca=True, path_length=0)
        self.pem = self._signed(self._name, self._key.public_key(), is_authority).public_bytes(Encoding.PEM)

    def issue(self, folder: Path, name: str = "localhost", *, trusted: bytes | None = None) -> CertificateFiles:
        """Write a new certificate for `name` and 127.0.0.1, its key, and the `trusted` authorities (by default this one).

        Files that are there are replaced, as a rotation does.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        certificate = self._signed(_named(name), key.public_key(), names)
        folder.mkdir(parents=True, exist_ok=True)
        files = CertificateFiles(cert=folder / "tls.crt", key=folder / "tls.key", ca=folder / "ca.crt")
        files.cert.write_bytes(certificate.public_bytes(Encoding.PEM))
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        files.ca.write_bytes(trusted or self.pem)
        return files

    def _signed(
        self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
