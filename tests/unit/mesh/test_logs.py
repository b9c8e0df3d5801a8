"""Log lines: one for each event, with service and request id, that nobody can forge and that hold no payload."""

import json
import logging

import pytest

from articket.stylize.v1.stylize_pb2 import DescribeRequest, StylizeRequest
from articket_mesh.errors import ErrorReason, MeshError, PermanentError
from articket_mesh.logs import FIELDS, configure_logging
from articket_mesh.request_ids import request_id
from articket_mesh.settings import MeshSettings


@pytest.fixture
def configured(capsys):
    """Give a function that configures logging; the process's own handlers and level come back after the test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def configure(log_format="text", log_level="INFO"):
        configure_logging("studio", MeshSettings(log_format=log_format, log_level=log_level))
        return lambda: capsys.readouterr().err.splitlines()

    yield configure
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_text_line_tells_level_service_request_and_logger(configured):
    lines = configured()
    token = request_id.set("visit-1")
    logging.getLogger("studio.painting").warning("canvas is %s", "wet")
    request_id.reset(token)
    (line,) = lines()
    assert line.endswith("Z WARNING studio [visit-1] studio.painting: canvas is wet")


def test_a_json_line_is_an_object_with_the_fields_of_the_event(configured):
    lines = configured("json")
    logging.getLogger("studio").info("painted", extra={FIELDS: {"seconds": 0.5, "artist_id": "vangogh"}})
    (line,) = lines()
    record = json.loads(line)
    assert record.pop("time").endswith("Z")
    assert record == {
        "level": "INFO",
        "service": "studio",
        "logger": "studio",
        "request_id": None,
        "message": "painted",
        "seconds": 0.5,
        "artist_id": "vangogh",
    }


def test_configuring_twice_logs_once(configured):
    configured("json")
    lines = configured("text")
    logging.getLogger("studio").info("once")
    assert len(lines()) == 1


def test_less_severe_lines_are_left_out(configured):
    lines = configured(log_level="WARNING")
    logging.getLogger("studio").info("quiet")
    assert lines() == []


def test_a_message_cannot_forge_a_second_line(configured):
    lines = configured()
    logging.getLogger("studio").info("caption: %s", "a cat\n2026-01-01T00:00:00.000Z ERROR\u2028studio\x1b[31m \x85")
    assert len(lines()) == 1


def test_an_exception_cannot_forge_a_line_of_its_own(configured):
    lines = configured()
    try:
        raise RuntimeError("broken\n2026-01-01T00:00:00.000Z ERROR studio: forged")
    except RuntimeError:
        logging.getLogger("studio").exception("failed")
    first, *rest = lines()
    assert first.endswith("studio: failed")
    assert all(line.startswith("    ") for line in rest)


def test_a_json_line_holds_its_exception(configured):
    lines = configured("json")
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("studio").exception("failed")
    (line,) = lines()
    assert json.loads(line)["exception"].endswith("RuntimeError: broken")


async def test_a_call_is_one_line_with_its_outcome(start_mesh, configured):
    mesh = await start_mesh()
    lines = configured("json")
    await mesh.stub.Describe(DescribeRequest(), timeout=5, metadata=[("x-request-id", "visit-2")])
    (record,) = [json.loads(line) for line in lines()]
    assert 0 <= record["seconds"] < 5
    assert {key: record[key] for key in ("method", "code", "reason", "request_id", "level")} == {
        "method": "articket.stylize.v1.StylizeService/Describe",
        "code": "OK",
        "reason": None,
        "request_id": "visit-2",
        "level": "INFO",
    }


async def test_a_failed_call_tells_its_reason_but_no_payload(start_mesh, configured):
    async def refuse(request, context):
        raise PermanentError(ErrorReason.BAD_PICTURE, "photo: expected JPEG, PNG or WebP")
        yield

    mesh = await start_mesh(stylize=refuse)
    lines = configured("json")
    with pytest.raises(MeshError):
        await anext(mesh.stub.Stylize(StylizeRequest(photo=b"private-bytes", caption="private words"), timeout=5))
    (line,) = lines()
    assert (json.loads(line)["code"], json.loads(line)["reason"]) == ("INVALID_ARGUMENT", "BAD_PICTURE")
    assert "private" not in line
