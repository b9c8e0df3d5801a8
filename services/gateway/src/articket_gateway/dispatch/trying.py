"""One try: an order at a pod, from the call to its painting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from types import TracebackType

from articket_gateway.clients.stylize import Painted, StepEnded
from articket_gateway.dispatch.orders import Order
from articket_gateway.dispatch.pods import Pod
from articket_mesh.errors import ErrorReason, TransientError

PAINT_TIMEOUT_SECONDS = 600.0
"""How long one try may take in all; far above any engine's time. What hangs is found out by its silence, much sooner."""


LOOK_SECONDS = 1.0
"""How often the silence that is allowed is asked anew: meanwhile other paintings show what is usual."""


async def try_order(order: Order, pod: Pod, *, silence: Callable[[], float]) -> Painted:
    """Paint, telling how it goes. Raises MeshError; DEADLINE_EXCEEDED also when nothing was heard for `silence` seconds.

    Returns when the pod has ended the call, not when the painting comes: only then is its slot free.
    """
    request = replace(order.request, long_side_px=pod.memory.long_side_px)
    painted: Painted | None = None
    try:
        async with (
            _Patience(silence) as patience,
            aclosing(pod.client.paint(request, timeout=PAINT_TIMEOUT_SECONDS)) as events,
        ):
            async for event in events:
                patience.heard()
                if isinstance(event, Painted):
                    painted = event
                    continue
                if not order.has_begun:
                    order.has_begun, order.refusals, order.refused_since = True, 0, None
                    pod.took()
                if isinstance(event, StepEnded):
                    order.done_share = event.index / max(event.count, 1)
                order.tell(event)
    except TimeoutError:
        raise TransientError(ErrorReason.DEADLINE_EXCEEDED, "expected news of the painting, found none for too long") from None
    if painted is None:
        raise TransientError(ErrorReason.ENGINE_FAILED, "expected a painting, found the call ended without one")
    return painted


class _Patience:
    """Ends its block with TimeoutError when nothing has been heard for too long, by what is too long at that moment."""

    def __init__(self, silence: Callable[[], float]) -> None:
        self._loop = asyncio.get_running_loop()
        self._silence = silence
        self._heard_at = self._loop.time()
        self._timeout = asyncio.timeout(silence())
        self._looking: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """Begin to wait anew."""
        self._heard_at = self._loop.time()
        self._timeout.reschedule(self._heard_at + self._silence())

    async def __aenter__(self) -> _Patience:
        await self._timeout.__aenter__()
        self._looking = self._loop.call_later(LOOK_SECONDS, self._look)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if self._looking is not None:
            self._looking.cancel()
        return await self._timeout.__aexit__(kind, error, trace)

    def _look(self) -> None:
        if not self._timeout.expired():
            self._timeout.reschedule(self._heard_at + self._silence())
            self._looking = self._loop.call_later(LOOK_SECONDS, self._look)
