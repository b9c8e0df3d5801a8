"""The error tree: each reason has one class, one status, and its place in the proto."""

import grpc
import pytest

from articket.mesh.v1 import error_reason_pb2
from articket_mesh.errors import ErrorReason, MeshError, PermanentError, TransientError, error_for
from articket_mesh.translating import STATUS_OF_REASON

# Written out a second time on purpose, from the comments of error_reason.proto: changing either side has to be a decision.
PROMISED = {
    "INVALID_REQUEST": (PermanentError, grpc.StatusCode.INVALID_ARGUMENT),
    "BAD_PICTURE": (PermanentError, grpc.StatusCode.INVALID_ARGUMENT),
    "UNKNOWN_ARTIST": (TransientError, grpc.StatusCode.NOT_FOUND),
    "BUSY": (TransientError, grpc.StatusCode.RESOURCE_EXHAUSTED),
    "OUT_OF_MEMORY": (TransientError, grpc.StatusCode.RESOURCE_EXHAUSTED),
    "ENGINE_FAILED": (TransientError, grpc.StatusCode.INTERNAL),
    "ENGINE_UNAVAILABLE": (TransientError, grpc.StatusCode.UNAVAILABLE),
    "STYLE_NOT_APPLIED": (TransientError, grpc.StatusCode.INTERNAL),
    "BAD_TEMPLATE": (PermanentError, grpc.StatusCode.FAILED_PRECONDITION),
    "DEADLINE_MISSING": (PermanentError, grpc.StatusCode.INVALID_ARGUMENT),
    "DEADLINE_EXCEEDED": (TransientError, grpc.StatusCode.DEADLINE_EXCEEDED),
    "DRAINING": (TransientError, grpc.StatusCode.UNAVAILABLE),
    "UNREACHABLE": (TransientError, grpc.StatusCode.UNAVAILABLE),
    "INTERNAL": (TransientError, grpc.StatusCode.INTERNAL),
}


def test_reasons_are_those_of_the_proto():
    values = error_reason_pb2.DESCRIPTOR.enum_types_by_name["ErrorReason"].values
    in_proto = {value.name.removeprefix("ERROR_REASON_") for value in values} - {"UNSPECIFIED"}
    assert {reason.value for reason in ErrorReason} == in_proto


@pytest.mark.parametrize("reason", ErrorReason)
def test_every_reason_has_its_promised_class_and_status(reason):
    error_class, status = PROMISED[reason]
    assert type(error_for(reason, "why")) is error_class
    assert STATUS_OF_REASON[reason] is status


@pytest.mark.parametrize("reason", ErrorReason)
def test_no_reason_can_be_raised_with_the_other_class(reason):
    other = TransientError if PROMISED[reason][0] is PermanentError else PermanentError
    with pytest.raises(ValueError, match=reason):
        other(reason, "why")


def test_an_error_reads_as_its_reason_and_message():
    assert str(PermanentError(ErrorReason.BAD_PICTURE, "photo: 3 bytes")) == "BAD_PICTURE: photo: 3 bytes"


def test_metadata_cannot_be_changed_from_outside():
    given = {"field": "photo"}
    error = PermanentError(ErrorReason.BAD_PICTURE, "photo", metadata=given)
    given["field"] = "other"
    assert error.metadata == {"field": "photo"}


def test_both_classes_are_caught_as_mesh_errors():
    assert issubclass(PermanentError, MeshError)
    assert issubclass(TransientError, MeshError)
