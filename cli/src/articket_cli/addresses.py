"""Addresses: free ports for the services, a check of the one asked for, and the URLs that people open.

`booth` plans with these, `up` prints them.
"""

from __future__ import annotations

import errno
import ipaddress
import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST_PORT = 20_000
FALLBACK_EPHEMERAL_START = 32_768  # Linux's default
EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
SOMEWHERE = ("192.0.2.1", 9)  # TEST-NET-1 (RFC 5737): asking for the way there sends nothing


def free_ports(count: int) -> list[int]:
    """Find `count` loopback ports that nobody listens on.

    They lie below the range from which the system gives ports to outgoing connections: otherwise such a connection
    could take a service's port in the moment between its death and its restart.
    """
    candidates = random.sample(range(LOWEST_PORT, _ephemeral_start()), k=min(1000, count * 100))
    found: list[int] = []
    for port in candidates:
        if len(found) == count:
            break
        if why_not_bindable(LOOPBACK, port) is None:
            found.append(port)
    return found


def why_not_bindable(host: str, port: int) -> OSError | None:
    """Try to listen on the address; give the error that hinders, or None."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        return error
    return None


def is_taken(error: OSError) -> bool:
    """Whether the address is refused because someone else listens there."""
    return error.errno == errno.EADDRINUSE


def is_everywhere(host: str) -> bool:
    """Whether `host` means every network of this machine (0.0.0.0 or ::)."""
    return host in {"0.0.0.0", "::", ""}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def dialled_host(host: str) -> str:
    """Give the address under which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": LOOPBACK, "": LOOPBACK, "::": "::1"}.get(host, host)


def lan_address() -> str | None:
    """Give this machine's address in the local network, or None when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if is_loopback(address) or is_everywhere(address) else address


def url_of(host: str, port: int) -> str:
    """Give the base URL, without a slash at the end."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _ephemeral_start() -> int:
    try:
        start = int(EPHEMERAL_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return FALLBACK_EPHEMERAL_START
    # An administrator may have opened the range downwards; then there is no safe port and any will do.
    return start if start > LOWEST_PORT + 1000 else FALLBACK_EPHEMERAL_START
