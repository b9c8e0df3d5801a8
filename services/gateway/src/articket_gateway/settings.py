"""The gateway's settings, read once at start from ARTICKET_GATEWAY_*."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from articket_mesh.settings import MeshSettings

CHECKOUT = Path(__file__).parents[4]


class GatewaySettings(MeshSettings):
    """What the gateway needs to know. TLS settings are for its calls to the other services; HTTPS is the proxy's work."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_GATEWAY_", frozen=True)

    port: int = Field(default=8080, ge=0, le=65535, description="TCP port of HTTP; 0 takes a free one.")
    data_dir: Path = Field(default=Path("var"), description="Folder of the embedded database and pictures.")
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL of the database; unset: SQLite in the data folder."
    )
    pictures_url: str | None = Field(
        default=None, description="Folder or s3:// or gs:// URL of the pictures; unset: a folder in the data folder."
    )
    artists: Path = Field(default=CHECKOUT / "plugins/artists", description="Folder of the artists.")
    web: Path = Field(default=CHECKOUT / "web", description="Folder of the web clients.")
    quiz: Path = Field(default=CHECKOUT / "plugins/quiz/quiz.yaml", description="The quiz.")
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Where visitors' phones reach the gateway; printed in the ticket's QR code.",
    )
    booth_name: str = Field(default="", max_length=60, description="The booth's or event's name, printed on the ticket.")
    caption_target: str = Field(default="127.0.0.1:50051", description="host:port of the caption service.")
    stylize_targets: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1:50052",), min_length=1, description="host:port of each stylize pod, separated by commas."
    )
    ticket_target: str = Field(default="127.0.0.1:50053", description="host:port of the ticket service.")
    retention_hours: float = Field(
        default=24.0, gt=0, le=24 * 365, description="Hours after which everything of a visit is erased."
    )

    @field_validator("stylize_targets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
