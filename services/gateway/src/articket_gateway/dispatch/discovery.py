"""Which pods there are: those of the settings, and those that DNS names stand for at the moment.

A pod whose address has gone from DNS gets nothing more to paint and is forgotten when it has ended what it has. A resolver that
fails changes nothing: whether a known pod can paint is found out by asking it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from articket_gateway.dispatch.dispatching import Dispatcher
from articket_gateway.dispatch.pods import Pod, PodClient
from articket_gateway.dispatch.targets import Target

LOOK_SECONDS = 5.0

Connect = Callable[[str, str | None], tuple[PodClient, Callable[[], Awaitable[None]]]]
"""Takes an address and the name that its certificate must carry, where that differs; gives the client, and how to close it."""

log = logging.getLogger(__name__)


class Discovery:
    """Keeps the dispatcher's pods as the targets say. `open`, then let `keep_current` run, then `close`."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        connect: Connect,
        *,
        targets: Sequence[Target],
        fallbacks: Sequence[Target] = (),
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._dispatcher = dispatcher
        self._connect = connect
        self._targets = [*((target, False) for target in targets), *((target, True) for target in fallbacks)]
        self._look_seconds = look_seconds
        self._pods: dict[Target, dict[str, Pod]] = {target: {} for target, _ in self._targets}
        self._closers: dict[Pod, Callable[[], Awaitable[None]]] = {}

    async def open(self) -> None:
        """Find the pods for the first time."""
        for target, is_fallback in self._targets:
            await self._look(target, is_fallback=is_fallback)

    async def keep_current(self) -> None:
        """Follow the DNS names for ever."""
        while any(target.is_name for target, _ in self._targets):
            await asyncio.sleep(self._look_seconds)
            for target, is_fallback in self._targets:
                try:
                    await self._look(target, is_fallback=is_fallback)
                except Exception:  # the edge of a task: one broken look must not end the watch
                    log.exception("looking for pods broke; the known ones stay")

    async def close(self) -> None:
        """Close the connections; the dispatcher must be closed before."""
        for close in self._closers.values():
            await close()
        self._closers.clear()

    async def _look(self, target: Target, *, is_fallback: bool) -> None:
        known = self._pods[target]
        addresses = await target.addresses()
        if addresses is None:
            log.warning("%s: expected its addresses from DNS, found no answer; the %d known pods stay", target.host, len(known))
            return
        for address in sorted(addresses - known.keys()):
            client, close = self._connect(address, target.host if target.is_name else None)
            pod = known[address] = Pod(address, client, is_fallback=is_fallback)
            self._closers[pod] = close
            self._dispatcher.add(pod)
        for address, pod in list(known.items()):
            pod.is_leaving = address not in addresses
            if pod.is_leaving and not pod.orders:
                del known[address]
                self._dispatcher.remove(pod)
                await self._closers.pop(pod)()
