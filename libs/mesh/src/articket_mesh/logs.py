"""Log lines: text for people, JSON for collectors; each with the service and the request id, one line for one event.

Nothing here logs a payload. Control characters in a message are escaped, so no caller can forge a second line.
"""

import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import Protocol

from articket_mesh.request_ids import request_id

# Put by the code that logs: logger.info("…", extra={FIELDS: {"seconds": 0.2}}). JSON shows them as keys of their own.
FIELDS = "articket_fields"

_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160))} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class LogSettings(Protocol):
    """What `configure_logging` reads; `MeshSettings` has it."""

    @property
    def log_level(self) -> str:
        """Return DEBUG, INFO, WARNING or ERROR."""
        ...

    @property
    def log_format(self) -> str:
        """Return text or json."""
        ...


class _MeshHandler(logging.StreamHandler):  # pyright: ignore[reportMissingTypeArgument] - generic in the stubs only
    """The one handler of ours on the root logger: a class of its own, so that configuring twice finds the first."""


def configure_logging(service: str, settings: LogSettings) -> None:
    """Send every logger's lines to stderr in the chosen format. Calling it again replaces what the first call set."""
    handler = _MeshHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service) if settings.log_format == "json" else TextFormatter(service))
    root = logging.getLogger()
    for earlier in [found for found in root.handlers if isinstance(found, _MeshHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(settings.log_level)


class TextFormatter(logging.Formatter):
    """`2026-11-22T10:00:00.123Z INFO stylize [request id] logger: message`."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        message = record.getMessage().translate(_ESCAPED)
        line = (
            f"{_timestamp(record)} {record.levelname:<7} {self._service} [{request_id.get() or '-'}] {record.name}: {message}"
        )
        # Indented, so that no line of an exception's text can pass for a log line.
        return line + "".join(f"\n    {trace_line}" for part in _trace(self, record) for trace_line in part.splitlines())


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, service, logger, request_id, message, the record's fields, exception."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        line: dict[str, object] = {
            "time": _timestamp(record),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "request_id": request_id.get() or None,
            "message": record.getMessage(),
        }
        fields: Mapping[str, object] = getattr(record, FIELDS, {})
        line |= {key: value for key, value in fields.items() if key not in line}
        trace = "\n".join(_trace(self, record))
        if trace:
            line["exception"] = trace
        return json.dumps(line, ensure_ascii=False, default=str)


def _timestamp(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    lines: list[str] = []
    if record.exc_info and record.exc_info[0] is not None:
        lines.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        lines.append(formatter.formatStack(record.stack_info))
    return lines
