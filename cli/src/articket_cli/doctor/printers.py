"""Looks at the printers that the booth is set to print to: does each answer, and does it take what tickets are made of?"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from articket_cli.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING = "ARTICKET_GATEWAY_PRINT_SINKS"
PRINTER = re.compile(r"(?:[A-Za-z0-9_-]+=)?(ipps?://\S+)")
CREDENTIALS = re.compile(r"//[^/@]*@")
ANSWER_SECONDS = 5
TICKET_FORMAT = "application/pdf"
ATTRIBUTES = [
    "printer-make-and-model",
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "document-format-supported",
]
STOPPED = 5


def look_at_printers(sinks: str | None = None) -> Iterator[Finding]:
    """Look at each printer of the setting; `sinks` is its text, taken from the environment when left out."""
    text = os.environ.get(SETTING, "") if sinks is None else sinks
    found = [match[1] for part in text.split(",") if (match := PRINTER.fullmatch(part.strip()))]
    for uri in found:
        yield _look_at(uri)
    if not found:
        yield Finding("printer", f"none is set in {SETTING}")


def _look_at(uri: str) -> Finding:
    shown = CREDENTIALS.sub("//", uri)
    try:
        printer = asyncio.run(_ask(uri))
    except _NoPrinterError as error:
        return Finding(
            "printer", f"{shown}: {error}", "switch it on, and check host, port and path: mostly ipp://host/ipp/print"
        )
    formats = _words(printer, "document-format-supported")
    if TICKET_FORMAT not in formats:
        return Finding(
            "printer",
            f"{shown} takes {', '.join(formats) or 'nothing known'}, not {TICKET_FORMAT}",
            "put a print server before it (CUPS), or use a printer that takes PDF",
        )
    reasons = [word for word in _words(printer, "printer-state-reasons") if word != "none"]
    if printer.get("printer-state") == STOPPED or printer.get("printer-is-accepting-jobs") is False:
        return Finding("printer", f"{shown} has stopped: {', '.join(reasons) or 'no reason given'}", "look at its display")
    return Finding("printer", f"{shown} answers and takes PDF{': ' + ', '.join(reasons) if reasons else ''}")


class _NoPrinterError(Exception):
    """Nothing at this address answers as a printer does."""


async def _ask(uri: str) -> Mapping[str, Any]:
    # imported only where a printer is set: it takes longer than all the other looks together
    from pyipp import IPP
    from pyipp.enums import IppOperation
    from pyipp.exceptions import IPPError

    try:
        async with asyncio.timeout(ANSWER_SECONDS * 2), IPP(uri, request_timeout=ANSWER_SECONDS) as ipp:
            message = {"operation-attributes-tag": {"requested-attributes": ATTRIBUTES}}
            answer = await ipp.execute(IppOperation.GET_PRINTER_ATTRIBUTES, message)
    except (IPPError, OSError, ValueError) as error:
        raise _NoPrinterError(f"no printer answers there ({type(error).__name__})") from None
    return answer["printers"][0] if answer["printers"] else {}


def _words(attributes: Mapping[str, Any], name: str) -> list[str]:
    value: object = attributes.get(name)
    if isinstance(value, list):
        return [str(one) for one in value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return [str(value)] if value else []
