"""Who is asking: forwarded headers count only from our own proxies, and only as far back as the chain is trusted."""

import logging
from ipaddress import ip_network
from typing import Any

import pytest

from articket_gateway.http.forwarding import ForwardedMiddleware, parsed_address

PROXIES = ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")
PEER = ("127.0.0.1", 5000)


async def seen(
    *headers: tuple[str, str], peer: tuple[str, int] | None = PEER, trusted: tuple[str, ...] = PROXIES
) -> tuple[str | None, str]:
    """Give the client's address and the scheme that the application sees."""
    found: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.update(scope)

    scope = {
        "type": "http",
        "client": peer,
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }
    await ForwardedMiddleware(app, [ip_network(one) for one in trusted])(scope, None, None)  # type: ignore[arg-type]
    return found["client"] and found["client"][0], found["scheme"]


def forwarded(*hops: str, proto: str = "https") -> tuple[tuple[str, str], ...]:
    return (*(("X-Forwarded-For", hop) for hop in hops), ("X-Forwarded-Proto", proto))


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["1.2.3.4, 203.0.113.7"], "203.0.113.7"),  # the visitor's own claim stands to the left of what our proxy saw
        (["1.2.3.4", "203.0.113.7"], "203.0.113.7"),
        (["1.2.3.4, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        (["10.9.9.9, 203.0.113.7, 10.1.2.3, 10.0.0.1"], "203.0.113.7"),
        (["10.1.2.3"], "10.1.2.3"),
        (["203.0.113.7:4711"], "203.0.113.7"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["2001:db8::7, fd00::1"], "2001:db8::7"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7, unknown"], "127.0.0.1"),
        (["203.0.113.7, unknown, 10.1.2.3"], "10.1.2.3"),
        ([""], "127.0.0.1"),
        ([], "127.0.0.1"),
        ([", ".join(["10.0.0.1"] * 5000)], "10.0.0.1"),
        (["9" * 60_000], "127.0.0.1"),
    ],
)
async def test_the_first_address_that_is_no_proxy_of_ours_is_the_client(hops: list[str], client: str):
    assert await seen(*forwarded(*hops)) == (client, "https")


@pytest.mark.parametrize("peer", [("198.51.100.1", 1), ("::1", 1), ("not-an-address", 1)])
async def test_headers_from_anybody_else_change_nothing(peer: tuple[str, int]):
    assert await seen(*forwarded("203.0.113.7"), peer=peer) == (peer[0], "http")


async def test_nobody_is_trusted_by_default_not_even_this_machine():
    assert await seen(*forwarded("203.0.113.7"), trusted=()) == ("127.0.0.1", "http")


async def test_a_peer_without_an_address_is_not_trusted():
    assert await seen(*forwarded("203.0.113.7"), peer=None) == (None, "http")


async def test_a_mapped_peer_is_the_proxy_that_it_is():
    assert await seen(*forwarded("203.0.113.7"), peer=("::ffff:127.0.0.1", 1)) == ("203.0.113.7", "https")


@pytest.mark.parametrize(
    ("hops", "proto", "scheme"),
    [
        ("203.0.113.7", "https", "https"),
        ("203.0.113.7", "HTTPS", "https"),
        ("203.0.113.7", "gopher", "http"),
        ("203.0.113.7", "", "http"),
        ("203.0.113.7, 10.1.2.3", "https, http", "https"),  # TLS ended at the outer one
        ("1.2.3.4, 203.0.113.7", "https, http", "http"),  # the visitor's claim is not what our proxy saw
        ("203.0.113.7, 10.1.2.3", "https", "https"),  # replaced on the way
    ],
)
async def test_the_scheme_is_the_one_that_the_client_used(hops: str, proto: str, scheme: str):
    assert (await seen(*forwarded(hops, proto=proto)))[1] == scheme


async def test_a_local_proxy_that_nobody_has_named_is_told_of_once_without_addresses(caplog: pytest.LogCaptureFixture):
    middleware = ForwardedMiddleware(lambda *_: _nothing(), [])
    scope = {"type": "http", "client": PEER, "scheme": "http", "headers": [(b"x-forwarded-for", b"203.0.113.7")]}
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await middleware(scope, None, None)  # type: ignore[arg-type]
    (line,) = [record.getMessage() for record in caplog.records]
    assert "ARTICKET_GATEWAY_TRUSTED_PROXIES" in line
    assert "203.0.113.7" not in line


async def _nothing() -> None: ...


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "[::1", "::1%eth0\n", "999.1.1.1", ":"])
def test_what_is_no_address_is_none(text: str):
    address = parsed_address(text)
    assert address is None or text in ("[::1", "::1%eth0\n")
