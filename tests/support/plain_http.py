"""Speaking plain HTTP to a server of the test's own, on loopback."""

from __future__ import annotations

from typing import Any

PLAIN: dict[str, Any] = {"verify": False, "trust_env": False}
"""For httpx: load no CA files, which take 20 ms and, named by SSL_CERT_FILE, may not be there; ask no proxy."""
