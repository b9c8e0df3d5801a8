"""An IPP printer as a sink: driverless, any printer that speaks IPP Everywhere or AirPrint.

A job is made empty with Create-Job, noted, and filled with Send-Document: an empty job prints nothing, and a job that has its
document takes no second one. So nothing that happens between the steps can print a ticket twice. A job is known again by
the user's name under which it was made, which is unique; where a printer puts another name there, by the job's name.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pyipp.enums import IppOperation, IppStatus, IppTag

from articket_gateway.printing.ipp_requests import Answer, Attributes, Declined, IppConnection, NoAnswer, values
from articket_gateway.printing.ipp_words import reasons_of, takes_media, troubles_of
from articket_gateway.printing.sinks import (
    BUSY,
    OFFLINE,
    REFUSED,
    STOPPED,
    PrintOrder,
    Sight,
    SinkKind,
    SinkStatus,
    SinkWaits,
    Stage,
    TicketRefused,
)

LOOK_SECONDS = 5.0
MARK_START = "articket-"
JOB_NAME = "Articket"
MOST_JOBS = 200

PENDING, HELD, PROCESSING, JOB_STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)  # RFC 8011, 5.3.7
PRINTER_STOPPED = 5
EMPTY_JOB = frozenset({"job-incoming", "job-data-insufficient"})

GONE = frozenset({IppStatus.ERROR_NOT_FOUND, IppStatus.ERROR_GONE})
HAS_ITS_DOCUMENT = frozenset(
    {
        IppStatus.ERROR_NOT_POSSIBLE,
        IppStatus.ERROR_MULTIPLE_JOBS_NOT_SUPPORTED,
        IppStatus.ERROR_TOO_MANY_DOCUMENTS,
        *GONE,  # the next look at the job tells what has become of it
    }
)
NOT_THIS_TICKET = frozenset(
    {
        IppStatus.ERROR_REQUEST_ENTITY,
        IppStatus.ERROR_COMPRESSION_ERROR,
        IppStatus.ERROR_DOCUMENT_FORMAT_ERROR,
        IppStatus.ERROR_DOCUMENT_UNPRINTABLE,
        IppStatus.ERROR_INTERNAL,
        IppStatus.ERROR_JOB_CANCELED,
    }
)
WAITS = {
    IppStatus.ERROR_BUSY: BUSY,
    IppStatus.ERROR_TOO_MANY_JOBS: BUSY,
    IppStatus.ERROR_TEMPORARY: BUSY,
    IppStatus.ERROR_TIMEOUT: BUSY,
    IppStatus.ERROR_SERVICE_UNAVAILABLE: OFFLINE,
    IppStatus.ERROR_NOT_ACCEPTING_JOBS: STOPPED,
    IppStatus.ERROR_DEVICE: STOPPED,
    IppStatus.ERROR_PRINTER_IS_DEACTIVATED: STOPPED,
}
"""Every other status would meet each ticket alike (no permission, no PDF, another address): the queue waits as "refused"."""

PRINTER_ATTRIBUTES: Attributes = {
    "requested-attributes": (
        IppTag.KEYWORD,
        ["printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "media-supported"],
    )
}
JOB_ATTRIBUTES = [
    "job-id",
    "job-name",
    "job-originating-user-name",
    "job-state",
    "job-state-reasons",
    "job-media-sheets-completed",
]

log = logging.getLogger(__name__)


class IppSink:
    """One printer."""

    kind = SinkKind.IPP
    look_seconds = LOOK_SECONDS

    def __init__(self, name: str, uri: str, *, media: str) -> None:
        """Take a printer's ipp:// or ipps:// address and the PWG name of the paper to ask it for."""
        self.name = name
        self._connection = IppConnection(uri)
        self._media = media
        self._takes_media: bool | None = None

    async def look(self) -> SinkStatus:
        """Tell the printer's state and what it complains of."""
        try:
            printer = await self._printer()
        except SinkWaits as waits:
            return SinkStatus(is_stopped=waits.reason != BUSY, reasons=(waits.reason,))
        reasons = reasons_of(values(printer, "printer-state-reasons"))
        # the state decides, not the reasons: an idle printer may name an empty tray that nobody needs
        is_stopped = printer.get("printer-state") == PRINTER_STOPPED or printer.get("printer-is-accepting-jobs") is False
        if is_stopped and not troubles_of(reasons):
            reasons = (STOPPED, *reasons)
        return SinkStatus(is_stopped, reasons)

    async def prepare(self, order: PrintOrder, ticket: bytes, *, is_retry: bool) -> str:
        """Make an empty job, or find the one that an earlier try has made."""
        if is_retry:
            found = await self._find(order.mark)
            if found is not None:
                return found
        job: dict[str, Any] = {"copies": (IppTag.INTEGER, order.copies)}
        if await self._media_is_taken():
            job["media"] = (IppTag.KEYWORD, self._media)
        answer = await self._ask(IppOperation.CREATE_JOB, order.mark, {"job-name": (IppTag.NAME, _job_name(order))}, job=job)
        if not answer.jobs or "job-id" not in answer.jobs[0]:
            raise SinkWaits(REFUSED, is_certain=False)
        return str(answer.jobs[0]["job-id"])

    async def deliver(self, order: PrintOrder, remote: str, ticket: bytes) -> Sight:
        """Send the document; a job that has one already takes no other."""
        try:
            await self._ask(
                IppOperation.SEND_DOCUMENT,
                order.mark,
                {
                    "job-id": (IppTag.INTEGER, int(remote)),
                    "document-name": (IppTag.NAME, _job_name(order)),
                    "document-format": (IppTag.MIME_TYPE, "application/pdf"),
                    "last-document": (IppTag.BOOLEAN, True),
                },
                document=ticket,
                harmless=HAS_ITS_DOCUMENT,
            )
        except _Harmless:
            log.info("the printer %s has this ticket's document already, or has let the job go", self.name)
        return Sight(Stage.UNDER_WAY)

    async def follow(self, order: PrintOrder, remote: str) -> Sight:
        """Look at the job, and at the printer while the job is not over."""
        try:
            job = await self._job(order.mark, int(remote))
        except _Harmless:
            return Sight(Stage.LOST)
        if job is None or not _is_ours(job, order.mark, _job_name(order)):
            return Sight(Stage.LOST)  # the printer has restarted and counts its jobs anew
        state = int(job.get("job-state", 0))
        sheets = int(values(job, "job-media-sheets-completed")[0]) if values(job, "job-media-sheets-completed") else 0
        ended = {COMPLETED: Stage.OUT, ABORTED: Stage.ABORTED, CANCELED: Stage.CANCELLED}.get(state)
        if ended is not None:
            return Sight(ended, sheets=sheets)
        if state in (PENDING, HELD) and EMPTY_JOB.intersection(values(job, "job-state-reasons")):
            return Sight(Stage.EMPTY)
        reasons = reasons_of(values(await self._printer(), "printer-state-reasons"))
        if state == JOB_STOPPED and not troubles_of(reasons):
            reasons = (STOPPED, *reasons)
        if state in (PENDING, HELD) and not troubles_of(reasons):
            reasons = (BUSY, *reasons)
        return Sight(Stage.UNDER_WAY, reasons, is_stuck=bool(troubles_of(reasons)), sheets=sheets)

    async def withdraw(self, mark: str, remote: str | None) -> None:
        """Cancel the job; one that has ended, or is not ours, is left alone."""
        remote = remote or await self._find(mark)
        if remote is None:
            return
        job_id = int(remote)
        try:
            job = await self._job(mark, job_id)
            if job is not None and _is_ours(job, mark, None) and int(job.get("job-state", 0)) < CANCELED:
                target: Attributes = {"job-id": (IppTag.INTEGER, job_id)}
                await self._ask(IppOperation.CANCEL_JOB, mark, target, harmless=HAS_ITS_DOCUMENT)
        except _Harmless:
            return

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    # -- private -----------------------------------------------------------------------------------------------------------

    async def _printer(self) -> Mapping[str, Any]:
        answer = await self._ask(IppOperation.GET_PRINTER_ATTRIBUTES, JOB_NAME, PRINTER_ATTRIBUTES)
        printer: Mapping[str, Any] = answer.printers[0] if answer.printers else {}
        supported = [str(one) for one in values(printer, "media-supported")]
        takes_media_now = takes_media(self._media, supported)
        if takes_media_now is not self._takes_media and not takes_media_now:
            log.warning("the printer %s does not know the paper %s: it prints on what it has", self.name, self._media)
        self._takes_media = takes_media_now
        return printer

    async def _media_is_taken(self) -> bool:
        if self._takes_media is None:
            await self._printer()
        return bool(self._takes_media)

    async def _job(self, mark: str, job_id: int) -> Mapping[str, Any] | None:
        answer = await self._ask(
            IppOperation.GET_JOB_ATTRIBUTES,
            mark,
            {"job-id": (IppTag.INTEGER, job_id), "requested-attributes": (IppTag.KEYWORD, JOB_ATTRIBUTES)},
            harmless=GONE,
        )
        return answer.jobs[0] if answer.jobs else None

    async def _find(self, mark: str) -> str | None:
        """Give the id of the job that was made under this mark and is not over."""
        answer = await self._ask(
            IppOperation.GET_JOBS,
            mark,
            {
                "limit": (IppTag.INTEGER, MOST_JOBS),
                "requested-attributes": (IppTag.KEYWORD, JOB_ATTRIBUTES),
                "which-jobs": (IppTag.KEYWORD, "not-completed"),
            },
        )
        found = (job["job-id"] for job in answer.jobs if job.get("job-originating-user-name") == mark and "job-id" in job)
        return next((str(job_id) for job_id in found), None)

    async def _ask(
        self,
        operation: IppOperation,
        user: str,
        attributes: Attributes,
        *,
        job: Attributes | None = None,
        document: bytes | None = None,
        harmless: frozenset[int] = frozenset(),
    ) -> Answer:
        """Send a request; raise SinkWaits, TicketRefused, or _Harmless for a status that the caller expects."""
        everything: Attributes = {"requesting-user-name": (IppTag.NAME, user), **attributes}
        try:
            return await self._connection.request(operation, everything, job=job, document=document)
        except NoAnswer as error:
            raise SinkWaits(OFFLINE, is_certain=not error.was_sent) from None
        except Declined as error:
            if error.status in harmless:
                raise _Harmless from None
            if error.status in NOT_THIS_TICKET and operation in (IppOperation.CREATE_JOB, IppOperation.SEND_DOCUMENT):
                raise TicketRefused from None
            log.info("the printer %s declines %s: %s", self.name, operation.name, error)
            raise SinkWaits({int(status): word for status, word in WAITS.items()}.get(error.status, REFUSED)) from None


class _Harmless(Exception):
    """The printer says no, and that says enough."""


def _job_name(order: PrintOrder) -> str:
    return f"{JOB_NAME} {order.number}"


def _is_ours(job: Mapping[str, Any], mark: str, name: str | None) -> bool:
    user, found = str(job.get("job-originating-user-name", "")), str(job.get("job-name", ""))
    if user == mark:
        return True
    # a printer that puts the name of whoever has signed in there: then the job's name decides
    return not user.startswith(MARK_START) and (found == name if name is not None else found.startswith(f"{JOB_NAME} "))
