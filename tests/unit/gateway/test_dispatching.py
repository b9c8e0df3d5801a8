"""Paintings go to the freest pod that serves the artist, are tried again elsewhere, and never run two on one slot."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, PodDescription, StepEnded
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.orders import Ahead
from articket_gateway.dispatch.pods import Pod
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy
from articket_mesh.errors import ErrorReason, PermanentError, TransientError
from tests.support.pods import FakePod

FAST = RetryPolicy(first_pause=0.01, longest_pause=0.02, patience=0.5)


@asynccontextmanager
async def dispatching(**pods: FakePod) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher([Pod(name, pod) for name, pod in pods.items()], FAST, positions_seconds=0.005)
    await dispatcher.open()
    await asyncio.sleep(0)
    yield dispatcher
    await dispatcher.close()


def wanted(artist_id: str = "vangogh") -> PaintRequest:
    return PaintRequest("visit/paint", artist_id, b"photo", "", 1, 0)


def ignored(_news: object) -> None:
    """Listen to nothing."""


async def paint(dispatcher: Dispatcher, visit_id: str = "v", artist_id: str = "vangogh", tell: Callable[..., None] = ignored):
    return await dispatcher.paint(visit_id, wanted(artist_id), tell)


async def test_a_slot_never_gets_two_paintings():
    pod = FakePod(slots=2)
    async with dispatching(a=pod) as dispatcher:
        await asyncio.gather(*(paint(dispatcher, f"v{number}") for number in range(9)))
    assert pod.painted == 9
    assert pod.most_running == 2


async def test_the_freest_pod_is_chosen():
    busy, free = FakePod(slots=1, seconds=0.2), FakePod(slots=1, seconds=0.2)
    async with dispatching(a=busy, b=free) as dispatcher:
        await asyncio.gather(paint(dispatcher, "v1"), paint(dispatcher, "v2"))
    assert (busy.painted, free.painted) == (1, 1)


async def test_a_transient_failure_is_tried_again_on_another_pod():
    bad, good = FakePod(), FakePod(slots=1, seconds=0.05)
    bad.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken")] * 9
    async with dispatching(bad=bad, good=good) as dispatcher:
        results = await asyncio.gather(*(paint(dispatcher, f"v{number}") for number in range(2)))
    assert sorted(attempts for _, attempts in results) == [1, 2]
    assert (bad.asked, good.painted) == (1, 2)


async def test_three_failures_are_the_end():
    pod = FakePod()
    pod.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken")] * 9
    async with dispatching(a=pod) as dispatcher:
        with pytest.raises(GaveUp) as caught:
            await paint(dispatcher)
    assert caught.value.attempts == 3
    assert pod.asked == 3


async def test_a_permanent_failure_is_not_tried_again():
    pod = FakePod()
    pod.failures = [PermanentError(ErrorReason.BAD_PICTURE, "not a picture")]
    async with dispatching(a=pod) as dispatcher:
        with pytest.raises(GaveUp):
            await paint(dispatcher)
    assert pod.asked == 1


async def test_a_busy_pod_costs_no_attempt():
    pod = FakePod()
    pod.fails_before_accepting = True
    pod.failures = [TransientError(ErrorReason.BUSY, "busy") for _ in range(2)]
    async with dispatching(a=pod) as dispatcher:
        _, attempts = await paint(dispatcher)
    assert attempts == 1
    assert pod.asked == 3


async def test_a_pod_that_goes_away_in_mid_painting_costs_an_attempt_and_is_waited_for():
    pod = FakePod(seconds=0.05)
    pod.failures = [TransientError(ErrorReason.UNREACHABLE, "connection reset")]
    async with dispatching(a=pod) as dispatcher:
        painting = asyncio.create_task(paint(dispatcher))
        await asyncio.sleep(0.02)
        pod.is_there = False
        await asyncio.sleep(0.1)
        assert not painting.done()
        pod.is_there = True
        _, attempts = await painting
    assert attempts == 2


async def test_an_artist_whom_no_pod_serves_is_given_up_after_the_patience():
    async with dispatching(a=FakePod(artists={"picasso": "d"})) as dispatcher:
        with pytest.raises(GaveUp) as caught:
            await asyncio.wait_for(paint(dispatcher), 5)
    assert caught.value.error.reason is ErrorReason.ENGINE_UNAVAILABLE


async def test_a_cancelled_painting_stops_on_the_pod_and_frees_the_slot():
    pod = FakePod(seconds=5)
    async with dispatching(a=pod) as dispatcher:
        painting = asyncio.create_task(paint(dispatcher))
        await asyncio.sleep(0.02)
        painting.cancel()
        await asyncio.gather(painting, return_exceptions=True)
        pod.seconds = 0.01
        await asyncio.wait_for(paint(dispatcher), 1)
    assert pod.cancelled == 1


async def test_a_cancelled_painting_that_waits_is_never_begun():
    pod = FakePod(seconds=0.1)
    async with dispatching(a=pod) as dispatcher:
        first = asyncio.create_task(paint(dispatcher, "v1"))
        waiting = asyncio.create_task(paint(dispatcher, "v2"))
        await asyncio.sleep(0.02)
        waiting.cancel()
        await first
        await asyncio.sleep(0.02)
    assert pod.asked == 1


async def test_positions_are_told_and_fall():
    told: list[int] = []

    def tell(news: object) -> None:
        if isinstance(news, Ahead):
            told.append(news.position)

    async with dispatching(a=FakePod()) as dispatcher:
        others = [asyncio.create_task(paint(dispatcher, f"v{number}")) for number in range(3)]
        await asyncio.sleep(0)
        await paint(dispatcher, "me", tell=tell)
        await asyncio.gather(*others)
    assert told[0] == 2
    assert told == sorted(told, reverse=True)
    assert told[-1] == 0


async def test_a_pod_that_keeps_failing_is_set_aside():
    bad, good = FakePod(), FakePod()
    bad.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken") for _ in range(99)]
    async with dispatching(bad=bad, good=good) as dispatcher:
        for number in range(30):
            await paint(dispatcher, f"v{number}")
    assert bad.asked == 3
    assert good.painted == 30


async def test_one_broken_artist_sets_only_that_artist_aside_on_the_only_pod():
    pod = FakePod()
    pod.failures = [TransientError(ErrorReason.STYLE_NOT_APPLIED, "no LoRA") for _ in range(3)]
    async with dispatching(only=pod) as dispatcher:
        with pytest.raises(GaveUp):
            await paint(dispatcher, "v1", "picasso")
        assert not dispatcher.pods[0].serves("picasso")
        await asyncio.wait_for(paint(dispatcher, "v2", "vangogh"), 1)


async def test_failures_of_several_artists_set_the_pod_aside():
    bad, good = FakePod(), FakePod(seconds=0.01)
    bad.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken") for _ in range(99)]
    async with dispatching(bad=bad, good=good) as dispatcher:
        for number in range(12):
            await paint(dispatcher, f"v{number}", ("picasso", "vangogh")[number % 2])
    assert bad.asked == 3


async def test_a_painting_cancelled_in_the_moment_it_begins_leaks_no_slot():
    pod = FakePod(seconds=0.05)
    async with dispatching(a=pod) as dispatcher:
        first = asyncio.create_task(paint(dispatcher, "v1"))
        waiting = asyncio.create_task(paint(dispatcher, "v2"))
        await asyncio.sleep(0.02)
        waiting.cancel()
        dispatcher.pods[0].slots = 2
        dispatcher._dispatch()  # begins it, before the one who waits has heard of the cancellation
        await asyncio.gather(first, waiting, return_exceptions=True)
        assert (pod.asked, dispatcher.pods[0].running, dispatcher.running().total()) == (1, 0, 0)


async def test_a_pod_client_that_breaks_does_not_leave_anybody_waiting(caplog: pytest.LogCaptureFixture):
    pod = FakePod()
    pod.failures = [RuntimeError("a fault of ours") for _ in range(3)]
    async with dispatching(a=pod) as dispatcher:
        with pytest.raises(GaveUp) as caught:
            await asyncio.wait_for(paint(dispatcher), 5)
    assert caught.value.error.reason is ErrorReason.INTERNAL
    assert caught.value.attempts == 3
    assert "a fault of ours" in caplog.text


@pytest.mark.parametrize("reason", [ErrorReason.ENGINE_UNAVAILABLE, ErrorReason.UNREACHABLE, ErrorReason.DRAINING])
async def test_a_pod_that_never_begins_is_given_up_after_the_patience_and_not_asked_in_a_hot_loop(reason: ErrorReason):
    pod = FakePod()
    pod.fails_before_accepting = True
    pod.failures = [TransientError(reason, "not now") for _ in range(9999)]
    async with dispatching(a=pod) as dispatcher:
        with pytest.raises(GaveUp):
            await asyncio.wait_for(paint(dispatcher), 5)
    assert pod.asked < 80


async def test_a_pod_that_failed_the_order_is_used_again_while_the_other_is_set_aside():
    once, broken = FakePod(), FakePod(slots=3, seconds=0.05)
    broken.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken") for _ in range(99)]
    async with dispatching(once=once, broken=broken) as dispatcher:
        await asyncio.gather(*(paint(dispatcher, f"v{number}") for number in range(4)))  # three failures set it aside
        once.failures = [TransientError(ErrorReason.ENGINE_FAILED, "once")]
        _, attempts = await asyncio.wait_for(paint(dispatcher, "v9"), 2)
    assert attempts == 2


async def test_a_look_that_breaks_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    pod = FakePod()
    real, looks = pod.describe, 0

    async def breaks_once(*, timeout: float) -> PodDescription:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise RuntimeError("a fault of ours")
        return await real(timeout=timeout)

    monkeypatch.setattr(pod, "describe", breaks_once)
    async with dispatching(a=pod) as dispatcher:
        await asyncio.wait_for(paint(dispatcher), 2)
    assert "a fault of ours" in caplog.text


async def test_closing_waits_until_the_pods_have_been_told(monkeypatch: pytest.MonkeyPatch):
    pod = FakePod(seconds=60)
    real, told = pod.paint, asyncio.Event()

    async def paints(request: PaintRequest, *, timeout: float) -> AsyncGenerator[Accepted | StepEnded | Painted]:
        try:
            async for event in real(request, timeout=timeout):
                yield event
        finally:
            await asyncio.sleep(0.02)  # the way to the pod
            told.set()

    monkeypatch.setattr(pod, "paint", paints)
    async with dispatching(a=pod) as dispatcher:
        painting = asyncio.create_task(paint(dispatcher))
        await asyncio.sleep(0.02)
        painting.cancel()
        await asyncio.gather(painting, return_exceptions=True)
    assert told.is_set()


@pytest.mark.alone
async def test_a_decision_is_quick_with_a_thousand_orders_waiting():
    pods = {name: FakePod(seconds=60) for name in "abcd"}
    async with dispatching(**pods) as dispatcher:
        orders = [asyncio.create_task(paint(dispatcher, f"v{number % 250}")) for number in range(1000)]
        await asyncio.sleep(0.05)
        started = time.perf_counter()
        for _ in range(20):
            dispatcher._dispatch()
        seconds = (time.perf_counter() - started) / 20
        for order in orders:
            order.cancel()
        await asyncio.gather(*orders, return_exceptions=True)
    assert seconds < 0.005
