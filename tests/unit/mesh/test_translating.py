"""Errors on the wire: what a servicer raises arrives as it was; what a stranger sends means something all the same."""

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from articket_mesh.errors import ErrorReason, PermanentError, TransientError, error_for
from articket_mesh.translating import REASON_OF_STATUS, to_status, translate

# gRPC's own limit for the headers of one answer; beyond it the whole answer is replaced.
HEADER_LIMIT = 8 * 1024


def answered(status):
    return grpc.aio.AioRpcError(status.code, None, grpc.aio.Metadata(*status.trailing_metadata), status.details)


def stranger(code, details=b"", message="words"):
    metadata = grpc.aio.Metadata(("grpc-status-details-bin", details)) if details else grpc.aio.Metadata()
    return grpc.aio.AioRpcError(code, None, metadata, message)


def info_of(domain, reason):
    detail = AnyMessage()
    detail.Pack(ErrorInfo(domain=domain, reason=reason))
    return Status(code=5, message="words", details=[detail]).SerializeToString()


@pytest.mark.parametrize("reason", ErrorReason)
def test_every_reason_survives_the_wire(reason):
    sent = error_for(reason, "사진: broken", metadata={"field": "photo"}, retry_after=1.5)
    received = translate(answered(to_status(sent)))
    assert (type(received), received.reason, received.message) == (type(sent), reason, "사진: broken")
    assert received.metadata == {"field": "photo"}
    assert getattr(received, "retry_after", None) == getattr(sent, "retry_after", None)


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_every_status_without_a_reason_means_one(code):
    received = translate(stranger(code))
    assert received.reason is REASON_OF_STATUS[code]
    assert received.message == f"{code.name}: words"


def test_silence_of_a_server_is_worth_a_retry_and_an_oversized_message_is_not():
    assert translate(stranger(grpc.StatusCode.UNAVAILABLE)).reason is ErrorReason.UNREACHABLE
    assert isinstance(translate(stranger(grpc.StatusCode.RESOURCE_EXHAUSTED)), PermanentError)


@pytest.mark.parametrize(
    "details",
    [
        pytest.param(b"\xff\xff not a message", id="garbage"),
        pytest.param(info_of("googleapis.com", "BUSY"), id="other domain"),
        pytest.param(info_of("articket", "A_REASON_OF_NEXT_YEAR"), id="unknown reason"),
        pytest.param(Status(code=5).SerializeToString(), id="no details"),
    ],
)
def test_details_that_are_not_ours_leave_the_status_to_decide(details):
    assert translate(stranger(grpc.StatusCode.NOT_FOUND, details)).reason is ErrorReason.INVALID_REQUEST


@pytest.mark.parametrize("text", ["x" * 100_000, "가" * 50_000, "\x00\x7f\n" * 9_000, "\ud800" * 500])
def test_a_message_of_any_length_fits_into_the_headers(text):
    status = to_status(TransientError(ErrorReason.BUSY, text, metadata={f"key{i}": text for i in range(50)}))
    (_, details), *_ = status.trailing_metadata
    percent_encoded = sum(1 if 32 <= byte < 127 and byte != 37 else 3 for byte in status.details.encode())
    assert percent_encoded + len(details) * 4 / 3 < HEADER_LIMIT


def test_a_status_is_consistent_for_readers_that_check():
    status = to_status(PermanentError(ErrorReason.BAD_PICTURE, "가" * 5_000))

    class Call:
        code = staticmethod(lambda: status.code)
        details = staticmethod(lambda: status.details)
        trailing_metadata = staticmethod(lambda: status.trailing_metadata)

    assert rpc_status.from_call(Call).details[0].TypeName() == "google.rpc.ErrorInfo"
