"""The ladder: a smaller picture, another pod, and at last the fallback engine, so that the booth never says no."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from articket_gateway.clients.stylize import Accepted, Painted, PaintRequest, StepEnded
from articket_gateway.dispatch import pace
from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.orders import Ahead, News, Sent
from articket_gateway.dispatch.pods import Pod
from articket_gateway.dispatch.retries import GaveUp, RetryPolicy
from articket_mesh.errors import ErrorReason, TransientError
from tests.support.pods import FakePod

POLICY = RetryPolicy(first_pause=0.01, longest_pause=0.02, patience=1.0, fallback_after=0.2)


class SmallPod(FakePod):
    """A pod whose memory holds pictures up to a long side."""

    def __init__(self, fits_px: int, **more: float):
        super().__init__(**more)  # type: ignore[arg-type]
        self.fits_px = fits_px
        self.asked_px: list[int] = []

    async def paint(self, request: PaintRequest, *, timeout: float) -> AsyncGenerator[Accepted | StepEnded | Painted]:
        long_side = request.long_side_px or 1024
        self.asked_px.append(request.long_side_px)
        if long_side > self.fits_px:
            metadata = {"long_side_px": str(long_side)}
            raise TransientError(ErrorReason.OUT_OF_MEMORY, "out of memory", metadata=metadata)
        async for event in super().paint(request, timeout=timeout):
            yield event


@asynccontextmanager
async def dispatching(fallback: FakePod | None = None, **pods: FakePod) -> AsyncIterator[Dispatcher]:
    known = [Pod(name, pod) for name, pod in pods.items()]
    if fallback is not None:
        known.append(Pod("fallback", fallback, is_fallback=True))
    dispatcher = Dispatcher(known, POLICY, positions_seconds=0.01)
    await dispatcher.open()
    await asyncio.sleep(0.01)
    yield dispatcher
    await dispatcher.close()


async def paint(
    dispatcher: Dispatcher, told: list[News] | None = None, *, artist_id: str = "vangogh", is_patient: bool = False
):
    request = PaintRequest("visit/paint", artist_id, b"photo", "", 1, 0)
    heard: list[News] = [] if told is None else told
    return await asyncio.wait_for(dispatcher.paint("v", request, heard.append, is_patient=is_patient), 10)


async def test_a_pod_that_runs_out_of_memory_is_asked_for_a_smaller_picture():
    pod = SmallPod(600)
    async with dispatching(only=pod) as dispatcher:
        _, attempts = await paint(dispatcher)
    assert pod.asked_px == [0, 768, 576]
    assert attempts == 3


async def test_who_comes_after_is_painted_small_at_once():
    pod = SmallPod(800)
    async with dispatching(only=pod) as dispatcher:
        await paint(dispatcher)
        _, attempts = await paint(dispatcher)
    assert pod.asked_px == [0, 768, 768]
    assert attempts == 1


async def test_a_pod_with_too_little_memory_for_anything_hands_over_to_the_fallback():
    pod, fallback = SmallPod(100), FakePod()
    told: list[News] = []
    async with dispatching(fallback, only=pod) as dispatcher:
        await paint(dispatcher, told)
    assert fallback.painted == 1
    assert [news.is_fallback for news in told if isinstance(news, Sent)] == [False, False, False, True]


async def test_a_pod_that_has_been_away_is_asked_for_the_full_size_again():
    pod = SmallPod(600)
    async with dispatching(only=pod) as dispatcher:
        await paint(dispatcher)
        dispatcher.pods[0].went_down(TransientError(ErrorReason.UNREACHABLE, "restarted"))
        pod.fits_px = 2000
        await paint(dispatcher)
    assert pod.asked_px[-1] == 0


async def test_three_failures_of_real_pods_are_painted_by_the_fallback():
    broken, fallback = FakePod(), FakePod()
    broken.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken") for _ in range(99)]
    async with dispatching(fallback, broken=broken) as dispatcher:
        _, attempts = await paint(dispatcher)
    assert (broken.asked, fallback.painted, attempts) == (3, 1, 4)


async def test_the_fallback_is_not_used_while_a_real_pod_is_merely_busy():
    busy, fallback = FakePod(seconds=0.4), FakePod()
    async with dispatching(fallback, busy=busy) as dispatcher:
        await asyncio.gather(*(paint(dispatcher) for _ in range(3)))
    assert (busy.painted, fallback.painted) == (3, 0)


async def test_an_artist_whom_no_real_pod_serves_is_soon_painted_by_the_fallback():
    away, fallback = FakePod(), FakePod()
    away.is_there = False
    async with dispatching(fallback, away=away) as dispatcher:
        started = time.monotonic()
        await paint(dispatcher)
    assert 0.2 <= time.monotonic() - started < 0.9
    assert fallback.painted == 1


async def test_a_pod_that_refuses_for_ever_is_given_up_for_the_fallback():
    refusing, fallback = FakePod(), FakePod()
    refusing.fails_before_accepting = True
    refusing.failures = [TransientError(ErrorReason.ENGINE_UNAVAILABLE, "not now") for _ in range(9999)]
    async with dispatching(fallback, refusing=refusing) as dispatcher:
        await paint(dispatcher)
    assert fallback.painted == 1


async def test_a_fallback_that_fails_too_is_the_end():
    broken, fallback = FakePod(), FakePod()
    for pod in (broken, fallback):
        pod.failures = [TransientError(ErrorReason.ENGINE_FAILED, "broken") for _ in range(99)]
    async with dispatching(fallback, broken=broken) as dispatcher:
        with pytest.raises(GaveUp) as caught:
            await paint(dispatcher)
    assert (broken.asked, fallback.asked, caught.value.attempts) == (3, 3, 6)


async def test_a_patient_order_waits_for_a_real_pod_behind_everybody():
    real, fallback = FakePod(seconds=0.05), FakePod()
    real.is_there = False
    async with dispatching(fallback, real=real) as dispatcher:
        ends: list[str] = []

        async def noted(name: str, *, is_patient: bool) -> None:
            await paint(dispatcher, is_patient=is_patient)
            ends.append(name)

        patient = asyncio.create_task(noted("patient", is_patient=True))
        await asyncio.sleep(0.5)
        assert fallback.asked == 0
        others = [asyncio.create_task(noted("other", is_patient=False)) for _ in range(3)]
        real.is_there = True
        await asyncio.gather(patient, *others)
    assert ends[-1] == "patient"
    assert real.painted + fallback.painted == 4


async def test_a_pod_that_hangs_is_found_out_by_its_silence_and_set_aside(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace, "UNKNOWN_SILENCE_SECONDS", 0.2)
    hanging, good = FakePod(seconds=60), FakePod(seconds=0.05)
    async with dispatching(hanging=hanging, good=good) as dispatcher:
        results = await asyncio.gather(*(paint(dispatcher) for _ in range(2)))
        assert not dispatcher.pods[0].serves("vangogh")
        await asyncio.gather(*(paint(dispatcher) for _ in range(4)))
    assert sorted(attempts for _, attempts in results) == [1, 2]
    assert (hanging.asked, hanging.cancelled, good.painted) == (1, 1, 6)


async def test_a_busy_answer_after_the_beginning_costs_no_attempt():
    pod = FakePod()
    pod.failures = [TransientError(ErrorReason.BUSY, "somebody else's")]
    async with dispatching(only=pod) as dispatcher:
        _, attempts = await paint(dispatcher)
    assert attempts == 1


async def test_the_time_that_is_told_is_about_right():
    pod = FakePod(seconds=0.2)
    told: list[News] = []
    async with dispatching(only=pod) as dispatcher:
        await paint(dispatcher)
        waiting = asyncio.gather(*(paint(dispatcher) for _ in range(4)))
        await asyncio.sleep(0)
        started = time.monotonic()
        await paint(dispatcher, told)
        took = time.monotonic() - started
        await waiting
    first = next(news.ends_at for news in told if isinstance(news, Ahead) and news.ends_at is not None)
    assert first - started == pytest.approx(took, rel=0.3)
