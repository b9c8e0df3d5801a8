"""Who is really asking when proxies stand in between: X-Forwarded-For and X-Forwarded-Proto, from our own proxies only.

Whoever connects can write these headers, so they count only when the connection itself comes from `trusted_proxies`, and only
as far back as the chain is trusted: read from right to left, the first address that is none of our proxies is the client. What
is left of it is the client's own claim. Everything behind this middleware reads `scope["client"]` and `scope["scheme"]`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

FORWARDED_FOR = b"x-forwarded-for"
FORWARDED_PROTO = b"x-forwarded-proto"

MOST_HOPS = 32
"""A longer chain is nonsense; reading it would be work for whoever forges it."""

log = logging.getLogger(__name__)


class ForwardedMiddleware:
    """Sets the scope's client and scheme. Outermost, so that even the log's lines and the limits see the real ones."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)
        self._has_warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        await self._app(self._seen_through(scope) if scope["type"] == "http" else scope, receive, send)

    def _seen_through(self, scope: Scope) -> Scope:
        peer = parsed_address(scope["client"][0]) if scope.get("client") else None
        hops = _listed(scope, FORWARDED_FOR)
        if not self._is_trusted(peer):
            if hops and peer is not None and peer.is_loopback:
                self._warn_once()
            return scope
        at, client = self._client(hops)
        protos = _listed(scope, FORWARDED_PROTO)
        # one value for each hop, or one value alone: then the proxy has replaced what came before
        proto = (protos[at] if 0 <= at < len(protos) == len(hops) else protos[-1]).lower() if protos else ""
        return {
            **scope,
            "client": (str(client), 0) if client is not None else scope["client"],
            "scheme": proto if proto in ("http", "https") else scope["scheme"],
        }

    def _client(self, hops: Sequence[str]) -> tuple[int, Address | None]:
        """Give the client and its place in the chain; (-1, None) where the proxy names nobody."""
        found: tuple[int, Address | None] = (-1, None)
        for at in range(len(hops) - 1, -1, -1):
            address = parsed_address(hops[at])
            if address is None:  # what a trusted proxy did not write: everything before it is worth nothing, too
                return found
            found = (at, address)
            if not self._is_trusted(address):
                return found
        return found

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)

    def _warn_once(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "a proxy on this machine forwards requests but is not trusted: all its visitors count as one address. "
                "Hint: ARTICKET_GATEWAY_TRUSTED_PROXIES=127.0.0.1,::1"
            )


def parsed_address(text: str) -> Address | None:
    """Read an IP address as proxies write it, also with a port or in brackets; None when it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _listed(scope: Scope, name: bytes) -> list[str]:
    """Give the header's values, over all its lines, the nearest hop last; at most the last MOST_HOPS."""
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return [part.strip() for part in ",".join(lines).split(",") if part.strip()][-MOST_HOPS:]
