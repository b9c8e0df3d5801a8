#!/usr/bin/env bash
# Rebuilds libs/protos/src/articket whole from proto/: stubs, type stubs and nothing hand-written (buf generate would want a
# protoc binary; grpcio-tools carries one, pinned in constraints.txt).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
out=${OUT:-libs/protos/src}
rm -rf "$out/articket"
mkdir -p "$out"
mapfile -t files < <(cd proto && find articket -name '*.proto' | sort)
PATH="$(dirname "$python"):$PATH" "$python" -m grpc_tools.protoc -Iproto \
  --python_out="$out" --grpc_python_out="$out" --mypy_out="$out" --mypy_grpc_out="$out" "${files[@]}"
touch "$out/articket/py.typed"
