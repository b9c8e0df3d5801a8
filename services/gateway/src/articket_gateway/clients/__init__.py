"""The other services over gRPC; protobuf messages stop here."""
