#!/usr/bin/env bash
# Uses the booth as a new user does: `make up` in the background, one visit with a real photo, stop. Ends non-zero on any fault.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${SMOKE_PORT:-18080}
work=$(mktemp -d)
make up ARGS="--port $port --data-dir $work/data" >"$work/up.log" 2>&1 &
booth=$!
finish() {
  kill -TERM "$booth" 2>/dev/null || true
  wait "$booth" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

for _ in $(seq 300); do
  python3 - "$port" <<'PY' && break
import sys, urllib.request
try:
    urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/readyz", timeout=1)
except OSError:
    sys.exit(1)
PY
  kill -0 "$booth" 2>/dev/null || { cat "$work/up.log"; exit 1; }
  sleep 0.5
done

.venv/bin/articket paint tests/data/photos/portrait-woman-astronaut.jpg \
  --out "$work/out" --match vangogh --url "http://127.0.0.1:$port"
for name in vangogh.jpg renoir.jpg picasso.jpg lichtenstein.jpg ticket.pdf ticket.png visit.json; do
  [ -s "$work/out/$name" ] || { echo "smoke: $name is missing"; exit 1; }
done
echo "smoke: four paintings and a ticket"
