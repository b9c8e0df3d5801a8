"""Where stylize pods are: one address, or a DNS name that stands for as many as there are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

DNS_PREFIX = "dns:///"
RESOLVE_TIMEOUT_SECONDS = 5.0

_NOBODY = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""What the resolver answers where a name has no address: a headless service without a ready pod."""


@dataclass(frozen=True, slots=True)
class Target:
    """`host:port`; with `is_name`, every address of the host is a pod of its own."""

    host: str
    port: int
    is_name: bool

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read `host:port` or `dns:///name:port`. Raises ValueError, which says what was expected."""
        is_name = text.startswith(DNS_PREFIX)
        host, _, port = text.removeprefix(DNS_PREFIX).rpartition(":")
        if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"host:port or {DNS_PREFIX}name:port")
        return cls(host, int(port), is_name)

    async def addresses(self) -> AbstractSet[str] | None:
        """Give the pods' addresses as `host:port`, none where nobody is there; None when the resolver does not know now."""
        if not self.is_name:
            return {f"{self.host}:{self.port}"}
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT_SECONDS):
                found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            return set() if error.errno in _NOBODY else None
        except (OSError, TimeoutError):
            return None
        return {_joined(str(address[0]), self.port) for *_, address in found}


def _joined(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
