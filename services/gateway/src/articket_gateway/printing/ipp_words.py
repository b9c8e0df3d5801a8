"""What a printer says, in the booth's stable words: reasons, and sizes of paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from articket_gateway.printing.sinks import BUSY, OFFLINE, PAUSED, REASON, STOPPED

SEVERITY = re.compile(r"-(report|warning|error)$")

ALIKE = {
    "interlock-open": "cover-open",
    "toner-empty": "marker-supply-empty",
    "toner-low": "marker-supply-low",
    "moving-to-paused": PAUSED,
    "shutdown": OFFLINE,
    "connecting-to-device": OFFLINE,
    "timed-out": OFFLINE,
    "spool-area-full": BUSY,
}
"""Words of RFC 8011 and of CUPS that mean the same to whoever stands before the printer."""

TROUBLES = (
    "media-jam",
    "cover-open",
    "door-open",
    "media-empty",
    "media-needed",
    "input-tray-missing",
    "marker-supply-empty",
    "output-area-full",
    OFFLINE,
    PAUSED,
    STOPPED,
    BUSY,
)
"""What keeps a ticket from coming out, worst first. Everything else is only mentioned."""

MOST_WORDS = 8

SIZE = re.compile(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$")
MM = {"mm": 1.0, "in": 25.4}


def reasons_of(keywords: Iterable[str]) -> tuple[str, ...]:
    """Give printer-state-reasons as stable words without severity, troubles first."""
    words: list[str] = []
    for keyword in keywords:
        word = SEVERITY.sub("", str(keyword))
        word = ALIKE.get(word, word)
        if word != "none" and not word.startswith("cups-") and REASON.fullmatch(word) and word not in words:
            words.append(word)
    return tuple(sorted(words, key=lambda word: (_rank(word), word)))[:MOST_WORDS]


def troubles_of(reasons: Sequence[str]) -> tuple[str, ...]:
    """Give those words that keep a ticket from coming out."""
    return tuple(reason for reason in reasons if reason in TROUBLES)


def takes_media(name: str, supported: Sequence[str]) -> bool:
    """Say whether a printer takes the paper: by its PWG 5101.1 name, or because its size is within what it takes at will."""
    if name in supported:
        return True
    wanted = _size(name)
    limits = [[_size(one) for one in supported if f"_{end}_" in one] for end in ("min", "max")]
    if wanted is None:
        return False
    fits_min = any(size and size[0] <= wanted[0] and size[1] <= wanted[1] for size in limits[0])
    fits_max = any(size and size[0] >= wanted[0] and size[1] >= wanted[1] for size in limits[1])
    return fits_min and fits_max


def _rank(word: str) -> int:
    return TROUBLES.index(word) if word in TROUBLES else len(TROUBLES)


def _size(name: str) -> tuple[float, float] | None:
    found = SIZE.search(name)
    return None if found is None else (float(found[1]) * MM[found[3]], float(found[2]) * MM[found[3]])
