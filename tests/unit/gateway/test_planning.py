"""Each order gets the slot on which it is finished first; the same look ahead says when."""

import asyncio
import time

import pytest

from articket_gateway.clients.stylize import PaintRequest, PodDescription
from articket_gateway.dispatch.orders import Order
from articket_gateway.dispatch.pace import Pace
from articket_gateway.dispatch.planning import Outlook, Turn
from articket_gateway.dispatch.pods import Pod
from tests.support.pods import FakePod

ARTISTS = {"vangogh": "d1", "picasso": "d2"}


def pod(name: str, *, slots: int = 1, loaded: frozenset[str] = frozenset(ARTISTS), is_fallback: bool = False) -> Pod:
    one = Pod(name, FakePod(), is_fallback=is_fallback)
    one.described(PodDescription("fake", slots, ARTISTS, loaded))
    return one


async def order(artist_id: str = "vangogh") -> Order:
    return Order("v", PaintRequest("k", artist_id, b"", "", 1, 0), lambda _news: None)


async def under_way(pod: Pod, *, since: float) -> Order:
    one = await order()
    one.sent_at = time.monotonic() - since
    pod.orders.add(one)
    return one


def outlook(*pods: Pod, pace: Pace | None = None) -> Outlook:
    return Outlook(pods, pace or Pace(), time.monotonic(), attempts=3)


def paced(**seconds: float) -> Pace:
    pace = Pace()
    for name, one in seconds.items():
        pace.painted(name, "vangogh", one)
    return pace


async def names(look: Outlook, count: int) -> list[str]:
    return [_given(look.turn(await order())).pod.name for _ in range(count)]


def _given(turn: Turn | None) -> Turn:
    assert turn is not None
    return turn


async def test_free_pods_are_filled_one_after_the_other():
    look = outlook(pod("a"), pod("b", slots=2))
    assert sorted(await names(look, 3)) == ["a", "b", "b"]
    assert not look.has_room


async def test_the_last_painting_waits_for_the_fast_pod_rather_than_take_twice_as_long_on_the_slow_one():
    fast, slow = pod("fast"), pod("slow")
    await under_way(fast, since=2.9)
    look = outlook(fast, slow, pace=paced(fast=3.0, slow=6.0))
    turn = _given(look.turn(await order()))
    assert turn.pod is fast
    assert turn.begins_at > look.now


async def test_a_long_queue_keeps_the_slow_pod_busy_too():
    fast, slow = pod("fast"), pod("slow")
    await under_way(fast, since=2.9)
    look = outlook(fast, slow, pace=paced(fast=3.0, slow=6.0))
    assert "slow" in await names(look, 3)


async def test_a_pod_that_is_overdue_is_not_waited_for():
    late, free = pod("late"), pod("free")
    await under_way(late, since=9.0)
    look = outlook(late, free, pace=paced(late=3.0, free=4.0))
    assert _given(look.turn(await order())).pod is free


async def test_pods_of_nearly_the_same_pace_are_not_waited_for():
    busy, free = pod("busy"), pod("free")
    await under_way(busy, since=0.99)
    look = outlook(busy, free, pace=paced(busy=1.0, free=1.05))
    assert _given(look.turn(await order())).pod is free


async def test_of_two_free_pods_the_one_that_has_the_weights_loaded_is_preferred():
    cold, warm = pod("cold", slots=4, loaded=frozenset({"picasso"})), pod("warm")
    assert _given(outlook(cold, warm).turn(await order())).pod is warm
    assert _given(outlook(cold, warm).turn(await order("picasso"))).pod is cold


async def test_a_free_pod_without_the_weights_is_better_than_a_busy_one_with_them():
    cold, warm = pod("cold", loaded=frozenset()), pod("warm")
    await under_way(warm, since=0.1)
    assert _given(outlook(cold, warm, pace=paced(cold=1.0, warm=1.0)).turn(await order())).pod is cold


async def test_a_pod_that_has_failed_the_order_is_not_asked_while_another_one_is_there_though_busy():
    bad, busy = pod("bad"), pod("busy")
    await under_way(busy, since=0.5)
    one = await order()
    one.avoid.add("bad")
    assert _given(outlook(bad, busy).turn(one)).pod is busy
    assert _given(outlook(bad).turn(one)).pod is bad


async def test_the_fallback_is_for_last_resorts_only():
    fallback = pod("fallback", is_fallback=True)
    one = await order()
    assert outlook(fallback).turn(one) is None
    one.is_last_resort = True
    assert _given(outlook(fallback).turn(one)).pod is fallback
    real = pod("real")
    assert _given(outlook(fallback, real).turn(one)).pod is real
    one.attempts = 3
    assert _given(outlook(fallback, real).turn(one)).pod is fallback


async def test_slots_that_others_hold_are_not_free():
    shared = pod("shared", slots=2)
    shared.held_elsewhere = 1
    look = outlook(shared)
    turns = [_given(look.turn(await order())) for _ in range(2)]
    assert [turn.begins_at <= look.now for turn in turns] == [True, False]


async def test_a_pod_that_is_leaving_gets_nothing():
    leaving = pod("leaving")
    leaving.is_leaving = True
    assert outlook(leaving).turn(await order()) is None


async def test_the_look_ahead_says_when_each_will_be_done():
    first, second = pod("first"), pod("second")
    await under_way(first, since=1.0)
    look = outlook(first, second, pace=paced(first=4.0, second=4.0))
    ends = [round(_given(look.turn(await order())).ends_at - look.now) for _ in range(4)]
    assert ends == [4, 7, 8, 11]


async def test_a_pace_follows_a_pod_that_becomes_slower():
    pace = paced(a=1.0)
    for _ in range(5):
        pace.painted("a", "vangogh", 3.0)
    assert pace.seconds("a", "vangogh") == pytest.approx(3.0, abs=0.4)


async def test_an_artist_that_a_pod_has_never_painted_is_judged_by_its_others_and_a_new_pod_by_all():
    pace = paced(a=1.0)
    pace.painted("b", "picasso", 2.0)
    assert pace.seconds("b", "vangogh") == 2.0
    assert 1.0 < pace.seconds("new", "vangogh") < 2.0


async def test_an_estimate_for_a_thousand_orders_is_quick():
    pods = [pod(f"p{number}") for number in range(16)]
    for one in pods:
        await under_way(one, since=0.5)
    orders = await asyncio.gather(*(order() for _ in range(1000)))
    pace = paced(**{one.name: 1.0 for one in pods})
    started = time.perf_counter()
    look = outlook(*pods, pace=pace)
    ends = [_given(look.turn(one)).ends_at for one in orders]
    assert time.perf_counter() - started < 0.2  # told twice a second
    assert ends[-1] - look.now == pytest.approx(1000 / 16, rel=0.05)


async def test_what_waits_at_other_gateways_comes_between():
    one = pod("one")
    pace = paced(one=2.0)
    alone, shared = outlook(one, pace=pace), outlook(one, pace=pace)
    for _ in range(3):
        shared.somebody_elses_turn()
    begins = [round(_given(look.turn(await order())).begins_at - look.now) for look in (alone, shared)]
    assert begins == [0, 6]
