"""Printing as phones, kiosks and staff see it: the JSON of the API and of the events."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

TicketPrintState: TypeAlias = Literal["waiting", "printing", "printed", "held", "failed"]
SinkState: TypeAlias = Literal["idle", "printing", "waiting", "stopped"]


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TicketPrintView(_View):
    """How far a visit's ticket is on its way out of the printer."""

    state: TicketPrintState
    ahead: int = Field(default=0, description="Tickets that come out of the same printer before this one.")
    reason: str | None = Field(default=None, description="Why it is held or has failed: a stable word, as media-empty.")


class SinkView(_View):
    """One place that tickets are printed to."""

    name: str
    kind: Literal["folder", "ipp", "store"]
    state: SinkState = Field(description="stopped: somebody has to do something; reasons say what.")
    reasons: list[str] = Field(description="Stable words, worst first; an idle or printing sink may mention some, too.")
    waiting: int = Field(description="Tickets in its queue, the one being printed included.")
    printed: int = Field(description="Tickets that have come out of it.")


class PrintingView(_View):
    """The booth's printing."""

    is_automatic: bool = Field(description="Whether each ticket is printed when it is ready; otherwise on staff's tap.")
    is_paused: bool = Field(description="Whether staff have paused printing: what waits goes on waiting.")
    sinks: list[SinkView]
    waiting: int = Field(description="Tickets in all queues.")
