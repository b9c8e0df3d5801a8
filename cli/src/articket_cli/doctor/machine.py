"""Looks at the machine: Python, cores, memory, ports, the data folder and its disk."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from articket_cli import addresses
from articket_cli.doctor.finding import Finding

OLDEST_PYTHON = (3, 11)
ENOUGH_MEMORY_MB = 1_000  # an idle booth takes up to 500 MB, a painting being made adds some
ENOUGH_DISK_MB = 1_000  # about 2 MB a visit: room for an evening
SERVICE_PORTS = 6


def look_at_python() -> Finding:
    """Look at Python's version."""
    found = f"{sys.version.split()[0]} in {sys.prefix}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("python", found, "install Python 3.11 or newer, then `make up PYTHON=python3.11`")
    return Finding("python", found)


def look_at_cores() -> Finding:
    """Look at how many cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Finding("cores", f"{cores}: so many paintings are made at once")


def look_at_memory() -> Finding:
    """Look at the free memory, or where the system does not tell, at all of it."""
    free_mb = _free_memory_mb()
    if free_mb < ENOUGH_MEMORY_MB:
        return Finding("memory", f"{free_mb} MB free", f"close other programs: a booth needs about {ENOUGH_MEMORY_MB} MB")
    return Finding("memory", f"{free_mb} MB free")


def look_at_port(port: int, *, is_ours: bool) -> Finding:
    """Look at the port of HTTP. `is_ours`: our own booth runs there."""
    error = addresses.why_not_bindable(addresses.LOOPBACK, port)
    if is_ours:
        return Finding("port", f"{port} is in use by the booth")
    if error is None:
        return Finding("port", f"{port} is free")
    return Finding("port", f"{port}: {error.strerror}", f"stop what listens there, or articket up --port {port + 1}")


def look_at_service_ports() -> Finding:
    """Look whether there are ports for the services."""
    found = len(addresses.free_ports(SERVICE_PORTS))
    if found < SERVICE_PORTS:
        return Finding("service ports", f"{found} free", f"the services need {SERVICE_PORTS} from 20000 up: stop something")
    return Finding("service ports", f"{SERVICE_PORTS} or more are free")


def look_at_data_dir(data_dir: Path) -> Finding:
    """Look whether the data folder can be written and has room."""
    place = _nearest_existing(data_dir)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Finding("data folder", f"{data_dir}: {error.strerror}", f"chown or chmod {place}, or choose --data-dir DIR")
    free_mb = shutil.disk_usage(place).free // 1_000_000
    if free_mb < ENOUGH_DISK_MB:
        return Finding("data folder", f"{data_dir}: {free_mb} MB free", "make room, or choose --data-dir on another disk")
    return Finding("data folder", f"{data_dir}: can be written, {free_mb} MB free")


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.absolute().parents) if place.exists())


def _free_memory_mb() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1000
    except (OSError, ValueError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
