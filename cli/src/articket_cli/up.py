"""`articket up`: a whole booth on this machine, until Ctrl-C.

Checks first what would stop it (`claiming`, `addresses`), lets `booth` run the services, and tells people where to go.
It lives as long as the booth, so it imports neither an HTTP library nor a console library.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from contextlib import suppress
from io import StringIO
from urllib.parse import urlsplit

from articket_cli import addresses
from articket_cli.booth import FALLBACK_ENGINE, BoothPlan, chosen_engine, plan_booth, running_booth
from articket_cli.claiming import claimed
from articket_cli.errors import SUCCESS, BadInputError
from articket_cli.locations import default_data_dir, find_artists, find_quiz
from articket_cli.staff_pin import check_staff_pin, take_new_pin

TITLE = "Articket · Where your photo becomes art · 당신의 사진이 예술이 되는 곳"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(asked: argparse.Namespace) -> int:
    """Run the booth that the command line asks for until a stop signal."""
    artists = find_artists(asked.artists)
    check_public_url(asked.public_url)
    check_staff_pin(asked.staff_pin)
    plan = plan_booth(
        host=asked.host,
        port=asked.port,
        public_url=asked.public_url,
        data_dir=(asked.data_dir or default_data_dir()).resolve(),
        artists=artists,
        quiz=find_quiz(artists),
        staff_pin=asked.staff_pin,
    )
    with claimed(plan.data_dir, plan.local_url):
        check_address(plan.host, plan.port)
        asyncio.run(_run(plan))
    say("Stopped.")
    return SUCCESS


def check_address(host: str, port: int) -> None:
    """Raise BadInputError when a server cannot listen there."""
    error = addresses.why_not_bindable(host, port)
    if error is None:
        return
    if addresses.is_taken(error):
        raise BadInputError(
            f"port {port} on {host}: expected a free port, found another program listening there",
            hint=f"choose another, for example --port {port + 1}, or --port 0 for any free one",
        )
    raise BadInputError(f"{host}:{port}: expected an address of this machine, found: {error.strerror}", hint="--host 127.0.0.1")


def check_public_url(url: str | None) -> None:
    """Raise BadInputError when this is no URL that a phone could open."""
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadInputError(f"--public-url {url}: expected http://… or https://…, found neither")


async def _run(plan: BoothPlan) -> None:
    """Run until a stop signal, also when it comes while the booth is still starting."""
    serving = asyncio.create_task(_serve(plan))
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, _stop, serving)
    with suppress(asyncio.CancelledError):
        await serving


def _stop(serving: asyncio.Task[None]) -> None:
    """Leave the booth: the first signal lets the services drain; another one, coming while they do, kills them."""
    say("Stopping at once." if serving.cancelling() else "Stopping; once more to stop at once.")
    serving.cancel()


async def _serve(plan: BoothPlan) -> None:
    started_at = time.monotonic()
    say(f"{TITLE}\n\nStarting {', '.join(plan.grpc_ports)} and gateway.")
    async with running_booth(plan, say):
        say(welcome(plan, time.monotonic() - started_at, take_new_pin(plan.data_dir)))
        await asyncio.Event().wait()


def welcome(plan: BoothPlan, seconds: float, new_pin: str | None = None) -> str:
    """Say where everything is, with a QR code of the phones' URL, and the staff PIN if it is a new one."""
    lines = [
        f"Ready after {seconds:.1f} s.",
        "",
        f"  phone    {plan.public_url}/",
        f"  kiosk    {plan.local_url}/kiosk",
        f"  staff    {plan.local_url}/staff",
        *([f"           staff PIN {new_pin}, new: note it down, it is shown only this once"] if new_pin else []),
        "",
        *_painters(plan),
        *(f"  metrics  {url}  {name}" for name, url in plan.metrics_urls.items()),
        f"  data     {plan.data_dir}",
        f"  logs     {plan.data_dir / 'logs'}",
        "",
        qr_code(f"{plan.public_url}/"),
        *_reach(plan),
        "Ctrl-C stops the booth.",
    ]
    return "\n".join(lines)


def _painters(plan: BoothPlan) -> list[str]:
    """Say who paints, if that is not the usual engine alone."""
    if not plan.has_fallback:
        return []
    return [f"  engine   {chosen_engine()}; {FALLBACK_ENGINE} paints what it cannot, or while it is away", ""]


def qr_code(url: str) -> str:
    """Draw the QR code with half blocks, two rows of modules in one line of text."""
    import segno

    drawn = StringIO()
    segno.make(url, error="m", micro=False).terminal(drawn, compact=True, border=2)
    return drawn.getvalue()


def _reach(plan: BoothPlan) -> list[str]:
    """Say why phones cannot come in, and what helps, if that is so."""
    host = urlsplit(plan.public_url).hostname or ""
    if not addresses.is_loopback(host):
        return []
    if addresses.is_everywhere(plan.host):
        return [
            "This machine has no network address, so phones cannot reach it. Connect it, or give --public-url URL.",
            "",
        ]
    return [
        f"Phones cannot reach {host}: only this machine can. To let them in: articket up --host 0.0.0.0, "
        "or --public-url URL behind an ingress or tunnel.",
        "",
    ]


def say(text: str) -> None:
    """Print at once. A console that has gone away does not stop the booth."""
    with suppress(OSError):
        print(text, flush=True)
