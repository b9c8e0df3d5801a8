"""The settings that every service of the mesh shares, and loading them so that a person understands a mistake.

A service subclasses `MeshSettings` with its own prefix and fields, and loads it once, at start:

    class StylizeSettings(MeshSettings):
        model_config = SettingsConfigDict(env_prefix="ARTICKET_STYLIZE_")
        port: int = Field(default=50052, ge=0, le=65535, description="TCP port of the gRPC server; 0 takes a free one.")

    settings = load_settings(StylizeSettings)
"""

import difflib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from articket_mesh.certificates import CertificateFiles

# Kubernetes tells every pod about every Service of its namespace in variables of these shapes (unless enableServiceLinks is
# false). A Service named articket-stylize thus writes ARTICKET_STYLIZE_PORT=tcp://10.0.0.7:50052 over our own setting.
_SERVICE_LINK_NAME = re.compile(r"_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)")
_SERVICE_LINK_VALUE = re.compile(r"(tcp|udp)://")

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class MeshSettings(BaseSettings):
    """What a process of the mesh needs to know; each field is the environment variable of that name behind the prefix."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_", env_ignore_empty=True, frozen=True)

    host: str = Field(default="127.0.0.1", description="Address that the gRPC server and the other ports listen on.")
    port: int = Field(default=0, ge=0, le=65535, description="TCP port of the gRPC server; 0 takes a free one and logs it.")
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="TCP port of /metrics for Prometheus; 0 takes a free one; unset: no metrics port.",
    )
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="TCP port of a plaintext server for health checks alone, for probes that speak no TLS; unset: none.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severity that is logged."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="text for people, json for one object per line.")
    drain_seconds: float = Field(
        default=20.0,
        ge=0,
        le=3600,
        description="Seconds that running calls get to end after a stop signal, before they are cancelled.",
    )
    drain_pause_seconds: float = Field(
        default=0.1,
        ge=0,
        le=300,
        description="Seconds between saying NOT_SERVING and refusing calls, for load balancers to notice; 5 suits Kubernetes.",
    )
    max_message_mib: int = Field(default=16, ge=1, le=256, description="Largest gRPC message in MiB, sent or received.")
    max_connection_age_seconds: float = Field(
        default=120.0,
        ge=1,
        description="Seconds after which clients are asked to reconnect, so that they find new pods; running calls are kept.",
    )
    tls_cert: Path | None = Field(
        default=None, description="PEM file of this process's certificate chain; turns mutual TLS on."
    )
    tls_key: Path | None = Field(default=None, description="PEM file of the certificate's private key.")
    tls_ca: Path | None = Field(default=None, description="PEM file of the authorities that the other side must be signed by.")
    otlp_endpoint: str | None = Field(
        default=None, description="OTLP/gRPC collector for traces, for example http://localhost:4317; unset: no tracing."
    )

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        given = [name for name in ("tls_cert", "tls_key", "tls_ca") if getattr(self, name) is not None]
        if given and len(given) < 3:
            raise ValueError(f"expected tls_cert, tls_key and tls_ca together, found only {' and '.join(given)}")
        return self

    @property
    def certificates(self) -> CertificateFiles | None:
        """The files for mutual TLS, or None for plaintext."""
        if self.tls_cert is None or self.tls_key is None or self.tls_ca is None:
            return None
        return CertificateFiles(self.tls_cert, self.tls_key, self.tls_ca)


def load_settings(cls: type[SettingsT]) -> SettingsT:
    """Read the settings from the environment; on a wrong value print a line for each mistake and exit with status 2.

    A variable that carries the prefix but names no setting is most likely misspelt: stderr says so, and the process starts.
    """
    _tell(_unknown_variables(cls))
    try:
        return cls()
    except ValidationError as error:
        _tell(_mistakes(cls, error))
    except SettingsError as error:
        _tell([_unparsed(cls, error)])
    raise SystemExit(2)


def variable_name(cls: type[BaseSettings], field: str) -> str:
    """Return the name of the environment variable that sets the field."""
    return f"{_prefix(cls)}{field.upper()}"


def _prefix(cls: type[BaseSettings]) -> str:
    return cls.model_config.get("env_prefix", "").upper()


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - logging is configured from these very settings


def _mistakes(cls: type[BaseSettings], error: ValidationError) -> Iterator[str]:
    for mistake in error.errors(include_url=False, include_context=False):
        if not mistake["loc"]:  # each field is right by itself, but not all of them together
            yield f"{_prefix(cls)}*: {mistake['msg'].removeprefix('Value error, ')}"
            continue
        field = str(mistake["loc"][0])
        expected, found = _expected(cls, field, mistake["type"], mistake["msg"]), mistake["input"]
        shown = "none" if mistake["type"] == "missing" else _shown(cls, field, found)
        yield f"{variable_name(cls, field)}: expected {expected}, found {shown}{_hint(found)}"


def _expected(cls: type[BaseSettings], field: str, mistake: str, message: str) -> str:
    if mistake != "missing":
        return message.removeprefix("Value error, ").removeprefix("Input should be ")
    described = cls.model_fields[field].description if field in cls.model_fields else None
    return f"a value ({described})" if described else "a value"


def _shown(cls: type[BaseSettings], field: str, found: object) -> str:
    # The annotation may be SecretStr, SecretBytes, or either of them or None.
    annotation: object = cls.model_fields[field].annotation if field in cls.model_fields else None
    return "something else (not shown: it is a secret)" if "Secret" in str(annotation) else repr(found)


def _hint(found: object) -> str:
    if isinstance(found, str) and _SERVICE_LINK_VALUE.match(found):
        return ". Hint: Kubernetes set it for a Service of that name; put enableServiceLinks: false into the pod."
    return ""


def _unparsed(cls: type[BaseSettings], error: SettingsError) -> str:
    """Tell of a list or mapping that could not be read; pydantic names the field in the text only."""
    named = re.search(r'field "(\w+)"', str(error))
    variable = variable_name(cls, named[1]) if named else f"{_prefix(cls)}*"
    return f'{variable}: expected JSON, such as ["one", "two"] for a list, found something else'


def _unknown_variables(cls: type[BaseSettings]) -> Iterator[str]:
    prefix = _prefix(cls)
    known = [variable_name(cls, field) for field in cls.model_fields]
    for name in sorted(os.environ):
        if not name.startswith(prefix) or name in known or _SERVICE_LINK_NAME.search(name):
            continue
        near = difflib.get_close_matches(name, known, n=1)
        yield f"{name}: no such setting, ignored." + (f" Hint: did you mean {near[0]}?" if near else "")
