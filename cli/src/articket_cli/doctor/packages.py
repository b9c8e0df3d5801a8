"""Looks at what is installed: is everything there, at the versions of `constraints.txt`, and can it be imported?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from articket_cli.doctor.finding import Finding

PROJECTS = ("articket-caption", "articket-stylize", "articket-ticket", "articket-gateway", "articket-cli")
OUR_PREFIX = "articket-"

# What is compiled: an import that works on one machine may fail on another, for want of a system library or an old CPU.
COMPILED = (
    "cv2",
    "grpc",
    "google.protobuf",
    "httptools",
    "numpy",
    "obstore",
    "PIL.Image",
    "pi_heif",
    "pydantic_core",
    "pypdfium2",
    "reportlab",
    "sqlalchemy",
    "yaml",
)
IMPORT_SECONDS = 60

# In a process of its own: a library that crashes takes only that process with it. Each name is told before it is tried.
_IMPORT = """
import importlib, json, sys
for name in sys.argv[1:]:
    print(json.dumps([name, "crashed"]), flush=True)
    try:
        importlib.import_module(name)
        print(json.dumps([name, ""]), flush=True)
    except Exception as error:
        print(json.dumps([name, f"{type(error).__name__}: {error}"]), flush=True)
"""
_CASCADE = "import cv2; cv2.CascadeClassifier"


def look_at_versions(constraints: Path | None) -> Iterator[Finding]:
    """Look at every package that the services ask for, and compare it with `constraints.txt` where there is one."""
    wanted = _read_constraints(constraints) if constraints is not None and constraints.is_file() else {}
    missing, other = _compare(wanted)
    mend = "make up (or: pip install -c constraints.txt -e …, as the Makefile does)"
    if missing:
        yield Finding("packages", f"missing: {', '.join(missing)}", mend)
    if other:
        yield Finding("packages", f"not as in constraints.txt: {', '.join(other)}", mend)
    if not missing and not other:
        compared = "as in constraints.txt" if wanted else "there is no constraints.txt to compare with"
        yield Finding("packages", f"all installed, {compared}")


def look_at_imports() -> Iterator[Finding]:
    """Look whether compiled packages can be imported."""
    failed = {name: why for name, why in _import_all(COMPILED).items() if why}
    for name, why in failed.items():
        yield Finding("import", f"{name}: {why[:200]}", f"reinstall it: {sys.executable} -m pip install --force-reinstall …")
    if not failed:
        yield Finding("imports", f"{len(COMPILED)} compiled packages can be imported")


def look_at_cascade() -> Finding:
    """Look whether OpenCV has its classic face detector, which version 5 has dropped."""
    if _runs(_CASCADE):
        return Finding("opencv", "has CascadeClassifier")
    return Finding("opencv", "has no CascadeClassifier", 'pip install "opencv-python-headless>=4.14,<5"')


def _compare(wanted: dict[str, str]) -> tuple[list[str], list[str]]:
    """Give the packages that are missing and those that have another version, following what each requires."""
    missing: list[str] = []
    other: list[str] = []
    seen: set[str] = set()
    waiting: list[str] = list(PROJECTS)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if name in wanted and distribution.version != wanted[name]:
            other.append(f"{name} {distribution.version} (expected {wanted[name]})")
        if name.startswith(OUR_PREFIX):  # what others require was pip's business, and depends on the platform
            waiting += _required(distribution.requires or [])
    return sorted(missing), sorted(other)


def _required(requirements: Iterable[str]) -> Iterator[str]:
    for requirement in requirements:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        if name is not None and "extra ==" not in requirement:
            yield _normal(name[0])


def _read_constraints(path: Path) -> dict[str, str]:
    pins = (line.partition("#")[0].strip().partition("==") for line in path.read_text(encoding="utf-8").splitlines())
    return {_normal(name): version for name, equals, version in pins if equals}


def _normal(name: str) -> str:
    """Write a name as PEP 503 compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _import_all(names: Iterable[str]) -> dict[str, str]:
    """Import each name; gives what went wrong, or an empty text. A crash is known by the name that has no second line."""
    outcomes: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        told = _output(_IMPORT, *waiting)
        outcomes |= dict(map(json.loads, told.splitlines()))
        left = [name for name in waiting if name not in outcomes]
        if len(left) == len(waiting):
            return outcomes | dict.fromkeys(left, "Python itself did not start")
        waiting = left
    return outcomes


def _output(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=IMPORT_SECONDS, check=False).stdout
    except subprocess.TimeoutExpired as error:
        return error.stdout.decode() if isinstance(error.stdout, bytes) else ""


def _runs(code: str) -> bool:
    return (
        subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=IMPORT_SECONDS, check=False).returncode == 0
    )
