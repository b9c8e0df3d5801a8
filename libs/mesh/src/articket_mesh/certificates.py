"""Mutual TLS from three PEM files that may be replaced while the process runs.

The server asks for the newest files at every handshake. grpc's clients cannot, so `channels` opens a new connection when the
files have changed. Rotate an authority by serving the old and the new one together in the authorities' file for a while.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import grpc

from articket_mesh.errors import CertificateError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CertificateFiles:
    """Where a process finds its own certificate chain and key, and the authorities that it trusts; all PEM."""

    cert: Path
    key: Path
    ca: Path

    def state(self) -> tuple[tuple[int, int, int], ...]:
        """Return something that changes whenever a file is replaced. Raises CertificateError when one is missing."""
        try:
            found = [path.stat() for path in (self.cert, self.key, self.ca)]
        except OSError as error:
            raise CertificateError(f"certificates: {error.filename}: {error.strerror}") from error
        return tuple((stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in found)

    def read(self) -> "Certificates":
        """Read the three files. Raises CertificateError when they are no PEM or when key and certificate are no pair.

        The pair is checked because files are seldom replaced at the same instant; half a rotation must not be served.
        """
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.cert, self.key)
            context.load_verify_locations(self.ca)
            return Certificates(self.cert.read_bytes(), self.key.read_bytes(), self.ca.read_bytes())
        except (OSError, ssl.SSLError) as error:
            raise CertificateError(
                f"certificates: {self.cert}, {self.key} and {self.ca} cannot be used together: {error}"
            ) from error


@dataclass(frozen=True)
class Certificates:
    """The contents of the three files."""

    cert: bytes
    key: bytes
    ca: bytes

    def for_client(self) -> grpc.ChannelCredentials:
        """Make credentials that show our certificate and check the server's."""
        return grpc.ssl_channel_credentials(root_certificates=self.ca, private_key=self.key, certificate_chain=self.cert)

    def for_server(self) -> grpc.ServerCertificateConfiguration:
        """Make the configuration of one handshake."""
        return grpc.ssl_server_certificate_configuration([(self.key, self.cert)], root_certificates=self.ca)


def server_credentials(files: CertificateFiles) -> grpc.ServerCredentials:
    """Make credentials that demand a client certificate and follow the files. Raises CertificateError."""
    served = ReloadedCertificates(files)

    def newest() -> grpc.ServerCertificateConfiguration | None:
        changed = served.changed()
        return changed.for_server() if changed else None

    # The stubs do not know that the fetcher may say None: nothing has changed.
    fetcher = cast(Callable[[], grpc.ServerCertificateConfiguration], newest)
    return grpc.dynamic_ssl_server_credentials(served.current.for_server(), fetcher, require_client_authentication=True)


class ReloadedCertificates:
    """The certificates as they were when last asked for; keeps the old ones for as long as the new ones cannot be used."""

    def __init__(self, files: CertificateFiles) -> None:
        """Read the files. Raises CertificateError."""
        self._files = files
        self._state = files.state()
        self.current = files.read()

    def changed(self) -> Certificates | None:
        """Return the new certificates when usable ones have come since the last call, else None. Never raises."""
        try:
            state = self._files.state()
            if state == self._state:
                return None
            self._state = state
            self.current = self._files.read()
        except CertificateError as error:
            logger.warning("keeping the certificates in use: %s", error)
            return None
        logger.info("certificates reloaded from %s", self._files.cert)
        return self.current
