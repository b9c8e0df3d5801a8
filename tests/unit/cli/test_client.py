"""The client of the gateway: it waits for one that restarts, and gives up in words."""

import asyncio

import pytest

from articket_cli.errors import BoothError, GatewayError
from articket_cli.gateway.client import Erased, GatewayClient
from articket_cli.gateway.views import Painting, Visit
from articket_cli.probing import get
from tests.unit.cli.stand_in import Script, StandInGateway


def running(**script: object) -> StandInGateway:
    return StandInGateway(Script(**script))  # type: ignore[arg-type]


async def test_gateway_that_is_away_is_given_up_after_patience():
    async with GatewayClient("http://127.0.0.1:9", patience=0.3) as client:
        with pytest.raises(BoothError, match="cannot be reached"):
            await client.health()


async def test_gateway_that_comes_back_is_waited_for():
    with running(unavailable_first=1) as gateway:
        async with GatewayClient(gateway.url, patience=5) as client:
            artists = await client.artists()
    assert [artist.id for artist in artists.artists] == ["renoir", "vangogh"]


async def test_lasting_refusal_keeps_the_gateways_words():
    with running(unavailable_first=99) as gateway:
        async with GatewayClient(gateway.url, patience=0.3) as client:
            with pytest.raises(GatewayError, match="waiting for: stylize") as caught:
                await client.artists()
    assert (caught.value.status, caught.value.reason) == (503, "not_ready")


async def test_answer_of_something_else_is_told():
    with running() as gateway:
        async with GatewayClient(gateway.url) as client:
            with pytest.raises(BoothError, match="expected the answer of an Articket gateway"):
                await client._get("/healthz", Visit)


async def test_following_begins_with_the_visit_and_tells_every_event():
    with running() as gateway:
        async with GatewayClient(gateway.url) as client:
            visit = await client.begin("en", None)
            following = client.follow(visit.id)
            first = await anext(following)
            gateway._happens(gateway.visits[visit.id], "painting", {"artist_id": "renoir", "state": "painting"})
            gateway._happens(gateway.visits[visit.id], "unknown", {})
            gateway._happens(gateway.visits[visit.id], "erased", {"id": visit.id})
            news = [await anext(following), await anext(following)]
            await following.aclose()

    assert isinstance(first, Visit)
    assert news == [Painting(artist_id="renoir", state="painting"), Erased()]


async def test_break_is_followed_from_the_last_event():
    with running(events_per_stream=1) as gateway:
        async with GatewayClient(gateway.url) as client:
            visit = await client.begin("en", None)
            for step in (1, 2, 3):
                gateway._happens(gateway.visits[visit.id], "painting", {"artist_id": "a", "state": "painting", "step": step})
            steps: list[int] = []
            async with asyncio.timeout(5):
                async for news in client.follow(visit.id):
                    if isinstance(news, Painting):
                        steps.append(news.step)
                    if len(steps) == 3:
                        break

    assert steps == [1, 2, 3]
    assert gateway.last_event_ids[:3] == [None, "1", "2"]


async def test_small_get_reads_an_answer():
    with running() as gateway:
        answer = await get("127.0.0.1", int(gateway.url.rpartition(":")[2]), "/healthz", within=2)

    assert answer is not None
    assert (answer.status, answer.as_object()["service"]) == (200, "articket-gateway")


async def test_small_get_of_nothing_is_none():
    assert await get("127.0.0.1", 9, "/healthz", within=1) is None
